"""What Microsoft's validators and reviewers demand of a connector.

From the JSON schemas of its connectors' repository, the rules of its validator for certification,
and the documentation of the extensions of OpenAPI.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from connector.catalogue.actions import ACTION
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.documents import Package, no_loose_ends, read
from connector.platforms.rules import Rule
from connector.platforms.wording import pascal_case

DEFINITION: Final = "apiDefinition.swagger.json"
PROPERTIES: Final = "apiProperties.json"

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_EXTENSIONS: Final = {
    "x-ms-dynamic-list",
    "x-ms-dynamic-values",
    "x-ms-enum-values",
    "x-ms-notification-content",
    "x-ms-notification-url",
    "x-ms-summary",
    "x-ms-trigger",
    "x-ms-trigger-hint",
    "x-ms-visibility",
    "x-nullable",
}
_SCHEMA_KEYS: Final = _EXTENSIONS | {
    "$ref",
    "additionalProperties",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "properties",
    "required",
    "type",
}
_TYPES: Final = ("array", "boolean", "integer", "number", "object", "string")
_FORMATS: Final = ("byte", "date-time", "double", "int64", "uri")
_PROPERTIES: Final = {
    "capabilities",
    "connectionParameters",
    "iconBrandColor",
    "policyTemplateInstances",
    "publisher",
    "stackOwner",
}
_TAKEN_COLOURS: Final = ("#007ee5", "#ffffff")
_LONGEST_TITLE, _DESCRIPTION = 30, range(30, 501)
_LONGEST_SUMMARY = 80

Operation = dict[str, Any]
Schema = dict[str, Any]


def _operations(package: Package) -> Iterator[Operation]:
    for item in read(package, DEFINITION)["paths"].values():
        yield from (item[method] for method in _METHODS if method in item)


def _schemas(package: Package) -> Iterator[tuple[str, Schema]]:
    """Yield each schema of the definition, down to the last field, with where it is."""
    document = read(package, DEFINITION)
    for name, schema in document["definitions"].items():
        yield from _within(name, schema)
    for path, item in document["paths"].items():
        if "x-ms-notification-content" in item:
            yield from _within(path, item["x-ms-notification-content"]["schema"])
    for each in _operations(package):
        for parameter in each["parameters"]:
            if "schema" in parameter:
                yield from _within(each["operationId"], parameter["schema"])
        for answer in each["responses"].values():
            if "schema" in answer:
                yield from _within(each["operationId"], answer["schema"])


def _within(place: str, schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield place, schema
    for key, child in schema.get("properties", {}).items():
        yield from _within(f"{place}.{key}", child)
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            yield from _within(f"{place}.{key}", schema[key])


def _told(package: Package) -> Iterator[tuple[str, Schema]]:
    """Yield what a person reads of: parameters, and the fields of all schemas."""
    for each in _operations(package):
        yield from ((f"{each['operationId']} {told['name']}", told) for told in each["parameters"])
    for place, schema in _schemas(package):
        for key, child in schema.get("properties", {}).items():
            if "$ref" not in child:
                yield f"{place}.{key}", child


# ---- the definition ----------------------------------------------------------------------------


def _about(package: Package) -> Iterator[str]:
    info = read(package, DEFINITION)["info"]
    if len(info["title"]) > _LONGEST_TITLE or re.search("API|connector|flow", info["title"], re.I):
        yield info["title"]
    if len(info["description"]) not in _DESCRIPTION:
        yield "the description's length"
    if "contact" not in info:
        yield "no contact"


def _ids(package: Package) -> Iterator[str]:
    found = Counter(each["operationId"] for each in _operations(package))
    for name, count in found.items():
        if count > 1 or not re.fullmatch(r"([A-Z][a-z0-9]*)+", name):
            yield name


def _summaries(package: Package) -> Iterator[str]:
    for each in _operations(package):
        summary, description = each.get("summary", ""), each.get("description", "")
        if not summary or summary.endswith(".") or len(summary) > _LONGEST_SUMMARY:
            yield f"{each['operationId']}: summary"
        if not description.endswith(".") or description == summary:
            yield f"{each['operationId']}: description"


def _answers(package: Package) -> Iterator[str]:
    for each in _operations(package):
        good = [status for status in each["responses"] if status.startswith("2")]
        if not good or any(
            "schema" not in each["responses"][status] for status in good if status != "204"
        ):
            yield each["operationId"]


def _wording(package: Package) -> Iterator[str]:
    for place, told in _told(package):
        summary, description = told.get("x-ms-summary", ""), told.get("description", "")
        if not summary or not description or summary == description:
            yield place
        elif not summary[0].isupper() or summary.endswith("."):
            yield f"{place}: {summary}"


def _visibility(package: Package) -> Iterator[str]:
    for place, told in _told(package):
        seen = told.get("x-ms-visibility", "important")
        if seen not in ("important", "advanced", "internal"):
            yield f"{place}: {seen}"
    for place, schema in _schemas(package):
        for key in schema.get("required", ()):
            child = schema["properties"][key]
            hidden = child.get("x-ms-visibility") == "internal"
            if hidden and not ("default" in child or child.get("x-ms-notification-url")):
                yield f"{place}.{key}: required and hidden, but without a default"


def _shape(package: Package) -> Iterator[str]:
    for place, schema in _schemas(package):
        yield from (f"{place}: {key}" for key in sorted(schema.keys() - _SCHEMA_KEYS))
        if "$ref" not in schema and schema.get("type") not in _TYPES:
            yield f"{place}: type {schema.get('type')}"
        if schema.get("format", _FORMATS[0]) not in _FORMATS:
            yield f"{place}: format {schema['format']}"
        shown = [each["value"] for each in schema.get("x-ms-enum-values", ())]
        if shown and shown != schema.get("enum"):
            yield f"{place}: names of other choices"


def _extensions(package: Package) -> Iterator[str]:
    for path, item in read(package, DEFINITION)["paths"].items():
        for place, told in ((path, item), *((path, item.get(method, {})) for method in _METHODS)):
            for key in told:
                if key.startswith("x-") and key not in _EXTENSIONS:
                    yield f"{place}: {key}"


def _triggers(package: Package) -> Iterator[str]:
    paths = read(package, DEFINITION)["paths"]
    if not any("delete" in item for item in paths.values()):
        yield "nothing to unsubscribe with"
    for path, item in paths.items():
        post = item.get("post", {})
        if ("x-ms-trigger" in post) != ("x-ms-notification-content" in item):
            yield f"{path}: a trigger says what it is sent, and nothing else does"
        if "x-ms-trigger" not in post:
            continue
        (body,) = (each["schema"] for each in post["parameters"] if each["in"] == "body")
        told = [each for each in body["properties"].values() if each.get("x-ms-notification-url")]
        if post["x-ms-trigger"] not in ("single", "batch") or len(told) != 1:
            yield f"{path}: no address to be sent to"
        if "Location" not in post["responses"].get("201", {}).get("headers", {}):
            yield f"{path}: no 201 with a Location"


def _dropdowns(package: Package) -> Iterator[str]:
    known = {
        each["operationId"]: {told["name"]: told.get("enum") for told in each["parameters"]}
        for each in _operations(package)
    }
    for place, schema in _schemas(package):
        new, old = schema.get("x-ms-dynamic-list"), schema.get("x-ms-dynamic-values")
        if (new is None) != (old is None):
            yield f"{place}: told in one way only"
        for told in (each for each in (new, old) if each):
            asked = known.get(told["operationId"], {})
            for name, given in told["parameters"].items():
                value = given.get("value") if told is new else given
                literal = "parameterReference" not in given and not isinstance(value, dict)
                if name not in asked or (literal and asked[name] and value not in asked[name]):
                    yield f"{place}: {told['operationId']} {name}"


def _whole(package: Package) -> Iterator[str]:
    ids = {each["operationId"] for each in _operations(package)}
    yield from (key for key in ACTION if pascal_case(key) not in ids)
    told = package[DEFINITION].decode()
    yield from (each for each in EVENT_TYPES if f'"{each}"' not in told)


# ---- the properties ----------------------------------------------------------------------------


def _known_properties(package: Package) -> Iterator[str]:
    told = read(package, PROPERTIES)["properties"]
    yield from sorted(told.keys() - _PROPERTIES)
    if told.get("iconBrandColor", "").lower() in ("", *_TAKEN_COLOURS):
        yield "iconBrandColor"


def _routes(package: Package) -> Iterator[str]:
    ids = {each["operationId"] for each in _operations(package)}
    bases = {path.rpartition("/")[0] for path in read(package, DEFINITION)["paths"]}
    routed: set[str] = set()
    for policy in read(package, PROPERTIES)["properties"]["policyTemplateInstances"]:
        told = policy["parameters"]
        names = told["x-ms-apimTemplate-operationName"]
        routed.update(names)
        yield from (f"{name} is no operation" for name in names if name not in ids)
        if told["x-ms-apimTemplateParameter.newPath"] not in bases:
            yield told["x-ms-apimTemplateParameter.newPath"]
    for each in _operations(package):
        if "x-ms-trigger" in each and each["operationId"] not in routed:
            yield f"{each['operationId']} goes nowhere"


RULES: Final = (
    Rule("P001", "Title, description and contact are as a listing wants them.", _about),
    Rule("P002", "Operation ids are single words in Pascal case, each used once.", _ids),
    Rule("P003", "A summary is short; a description is another, whole sentence.", _summaries),
    Rule("P004", "Every operation says what it answers.", _answers),
    Rule("P005", "Every parameter and field has a title and a help text of its own.", _wording),
    Rule("P006", "What is hidden and required has a default.", _visibility),
    Rule("P007", "Schemas keep to Swagger 2.0 and the known formats.", _shape),
    Rule("P008", "There are no unknown extensions.", _extensions),
    Rule("P009", "A trigger subscribes, is sent something, and unsubscribes.", _triggers),
    Rule("P010", "Dropdowns ask operations that exist, in the new way and the old.", _dropdowns),
    Rule("P011", "All event types, actions and searches are there.", _whole),
    Rule("P012", "The properties are known ones; the colour is one's own.", _known_properties),
    Rule("P013", "Every trigger is routed to where it really goes.", _routes),
    no_loose_ends("P014", DEFINITION),
)
