"""The stamp: `metadata.source` and `metadata.external_id`, by which an endpoint is known again.

`source` is the platform, `external_id` the platform's id of the workflow (Stora page:
guides/metadata). For a platform's app the source is a fact that no body can change; a script with
a personal token says it itself. Both are always there; a blank one counts as not given, since
workflows that all leave the field empty are still different workflows.

All else in the metadata is the builder's, changed by merge patch. A body may name 20 keys, and no
change may make more than 20 of them in all. Only a body that names 20 others gets more: the stamp
has to find room.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from connector import world
from connector.catalogue.fields import METADATA_KEYS
from connector.errors import InvalidContent
from connector.flows.callers import Caller

SOURCE, EXTERNAL_ID = "source", "external_id"


@dataclass(frozen=True)
class Stamped:
    """Metadata with its stamp, which is kept apart as well."""

    source: str
    external_id: str
    metadata: Mapping[str, str]


def stamped(caller: Caller, given: Mapping[str, str]) -> Stamped:
    """Return the metadata of a new endpoint."""
    claimed = caller.platform if caller.client_id else _said(given, SOURCE)
    return _with(
        given,
        claimed or caller.platform,
        _said(given, EXTERNAL_ID) or world.new_id("ext"),
    )


def restamped(caller: Caller, kept: Stamped, patch: Mapping[str, str | None]) -> Stamped:
    """Return the metadata after a merge patch: null removes a key, `{}` clears all but the stamp.

    Raises InvalidContent when there would be more than 20 keys and more than before.
    """
    merged = {**kept.metadata, **patch} if patch else {}
    own = {key: text for key, text in merged.items() if text is not None}
    source = kept.source if caller.client_id else _said(patch, SOURCE) or kept.source
    changed = _with(own, source, _said(patch, EXTERNAL_ID) or kept.external_id)
    if len(changed.metadata) > max(METADATA_KEYS, len(kept.metadata)):
        fault = f"Must have at most {METADATA_KEYS} keys, source and external_id included."
        raise InvalidContent(details=[{"pointer": "/metadata", "message": fault}])
    return changed


def _said(given: Mapping[str, str | None], key: str) -> str:
    text = given.get(key) or ""
    return text if text.strip() else ""


def _with(own: Mapping[str, str], source: str, external_id: str) -> Stamped:
    return Stamped(source, external_id, {**own, SOURCE: source, EXTERNAL_ID: external_id})
