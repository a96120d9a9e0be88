"""What Stora offers: pure data and pure functions. No web framework, no database, no network.

- `ids`: the names of Stora's objects, and the picklists they are chosen from
- `fields`: the kinds of field, strict on input and open to what is new
- `schemas`: one marshmallow schema for each resource
- `events`: the 50 event types, one row each
- `places`, `scopes`: where each resource lies in Stora's API, and what reading it needs
- `inputs`, `forms`, `conversions`: what a person fills in, and the body that Stora is sent
- `actions`: all that a workflow can do or look up, one row each, with the story of its calls
- `picklists`: choices that are Stora's to know; `flat`: results made ready for the next step
- `describe`: a schema as neutral descriptions; everybody below reads only these
- `samples`: believable events and resources, made from the descriptions
- `json_schema`, `openapi`, `asyncapi`: the same descriptions for machines

Facts about Stora come from its API reference, version 2025-09.
"""

from typing import Final

API_VERSION: Final = "2025-09"

# Stora's link prefixes, as they stand in `meta.curies` of every answer and event: `bo` is the
# staff's application, `sf` the operator's shop; `{rel}` is replaced by a link's `href`.
CURIES: Final = (
    {
        "name": "bo",
        "href": "https://app.stora.test{rel}",
        "templated": True,
        "title": "Backoffice",
    },
    {
        "name": "sf",
        "href": "https://acme.stora.test{rel}",
        "templated": True,
        "title": "Storefront",
    },
)
