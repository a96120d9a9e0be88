"""What Zapier checks before it publishes an integration, by the ids of its own checks.

D are about design, C about changes to a published version. D019 and D020 are not known; A, M, S, T
and U need Zapier's accounts and users.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.platforms.rules import Rule
from connector.platforms.wording import title_case
from connector.platforms.zapier.published import KINDS, gone, gone_keys, published, rows_of

Package = Mapping[str, bytes]
Row = dict[str, Any]

# Keys that look like ids and are not chosen: what other systems gave, or stands on a unit's door.
_NOT_CHOSEN: Final = ("external_id", "reference_id", "tax_id")
_SECRET: Final = re.compile(r"api.?key|token|secret|password", re.I)
_LINK: Final = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_BARE_URL: Final = re.compile(r"https?://")
_SCHEME: Final = re.compile(r"\b(?:javascript|vbscript|data|file):", re.I)
_ISO_8601: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "datetime": str,
    "file": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
}

# ---- looking into a package --------------------------------------------------------------------


def _rows(package: Package, *kinds: str) -> Iterator[tuple[str, Row]]:
    for kind in kinds or KINDS:
        for row in rows_of(package, kind):
            yield f"{kind}/{row['key']}", row


def _inputs(package: Package, *kinds: str) -> Iterator[tuple[str, Row]]:
    for where, row in _rows(package, *kinds):
        for field in row["operation"]["inputFields"]:
            yield f"{where}: {field.get('key')}", field
            for child in field.get("children", ()):
                yield f"{where}: {field['key']}/{child['key']}", child


def _outputs(package: Package) -> Iterator[tuple[str, Row, Any]]:
    """Yield where, the output field, and what the sample has for it."""
    for where, row in _rows(package):
        for field in row["operation"].get("outputFields", ()):
            found: Any = row["operation"]["sample"]
            for part in field["key"].split("__"):
                found = found.get(part) if isinstance(found, dict) else None
            yield f"{where}: {field['key']}", field, found


def _texts(package: Package) -> Iterator[tuple[str, str]]:
    """Yield all texts that people read, with where they are."""
    for where, row in _rows(package):
        yield where, row["display"]["description"]
    for where, field in _inputs(package):
        yield where, field.get("helpText", "")


def _code(package: Package, path: str) -> str:
    return package.get(path, b"").decode()


def _lacks(package: Package, path: str, *words: str) -> Iterator[str]:
    yield from (f"{path}: {word}" for word in words if word not in _code(package, path))


# ---- the checks --------------------------------------------------------------------------------


def _d001(package: Package) -> Iterator[str]:
    yield from (where for where, field in _inputs(package) if _SECRET.search(field["key"]))


def _d002(package: Package) -> Iterator[str]:
    links = _LINK.findall(_code(package, "authentication.js"))
    if not any(link.startswith("https://") for link in links):
        yield "authentication.js"


def _d004(package: Package) -> Iterator[str]:
    for where, field in _inputs(package):
        is_id = field["key"].endswith("_id") and field["key"] not in _NOT_CHOSEN
        if is_id and not field.get("choices_from"):
            yield where


def _d005(package: Package) -> Iterator[str]:
    searches = {row["key"] for row in rows_of(package, "searches")}
    for where, field in _inputs(package):
        if "search" in field and field["search"].partition(".")[0] not in searches:
            yield f"{where}: {field['search']}"


def _d007(package: Package) -> Iterator[str]:
    yield from (
        path for path in package if path.endswith((".js", ".json")) and b"http://" in package[path]
    )


def _d008(package: Package) -> Iterator[str]:
    for where, text in _texts(package):
        if any(not link.startswith("https://") for link in _LINK.findall(text)):
            yield where
        if _BARE_URL.search(_LINK.sub("", re.sub(r"`[^`]*`", "", text))):
            yield where


def _d009(package: Package) -> Iterator[str]:
    for where, row in _rows(package, "searches"):
        if not row["operation"]["inputFields"]:
            yield where


def _d010(package: Package) -> Iterator[str]:
    for where, row in _rows(package, "triggers", "searches"):
        if not row["operation"]["sample"].get("id"):
            yield where


def _d011(package: Package) -> Iterator[str]:
    for where, field in _inputs(package):
        if field.get("helpText", "").rstrip(".").casefold() == field["label"].casefold():
            yield where


def _d012(package: Package) -> Iterator[str]:
    yield from (where for where, row in _rows(package) if not row["operation"].get("sample"))


def _d013(package: Package) -> Iterator[str]:
    known = {kind: {row["key"] for row in rows_of(package, kind)} for kind in KINDS}
    for pair in json.loads(package["search_or_creates.json"]):
        if pair["search"] not in known["searches"] or pair["create"] not in known["creates"]:
            yield f"search_or_creates.json: {pair['key']}"


def _d014(package: Package) -> Iterator[str]:
    for where, field in _inputs(package):
        if "search" in field and not field.get("choices_from"):
            yield where


def _d015(package: Package) -> Iterator[str]:
    searches = {row["key"] for row in rows_of(package, "searches")}
    for where, row in _rows(package):
        keys = {field.get("key") for field in row["operation"]["inputFields"]}
        for field in row["operation"]["inputFields"]:
            for source in field.get("choices_from", ()):
                if "search" in source and source["search"] not in searches:
                    yield f"{where}: {source['search']}"
                yield from (
                    f"{where}: {key}"
                    for key in source.get("narrow", {}).values()
                    if key not in keys
                )


def _d018(package: Package) -> Iterator[str]:
    for where, row in _rows(package):
        if row["display"]["label"] != title_case(row["display"]["label"]):
            yield f"{where}: {row['display']['label']}"
    for where, field in _inputs(package):
        if field["label"] != title_case(field["label"]):
            yield f"{where}: {field['label']}"


def _d021(package: Package) -> Iterator[str]:
    for where, row in _rows(package, "triggers"):
        description = row["display"]["description"]
        if not (description.startswith("Triggers when ") and description.endswith(".")):
            yield f"{where}: {description}"


def _d022(package: Package) -> Iterator[str]:
    yield from (where for where, field in _inputs(package) if not field.get("key"))


def _d023(package: Package) -> Iterator[str]:
    for where, field, value in _outputs(package):
        is_moment = field.get("type") == "datetime" and value is not None
        if is_moment and not _ISO_8601.fullmatch(str(value)):
            yield f"{where}: {value}"


def _d024(package: Package) -> Iterator[str]:
    for where, field, value in _outputs(package):
        if value is None:
            if field.get("required"):
                yield where
        elif field.get("list") or "children" in field:
            if not isinstance(value, list):
                yield where
        elif "type" in field:
            wrong = isinstance(value, bool) and field["type"] != "boolean"
            if wrong or not isinstance(value, _TYPES[field["type"]]):
                yield f"{where}: {value!r} is no {field['type']}"


def _d025(package: Package) -> Iterator[str]:
    yield from (where for where, text in _texts(package) if _SCHEME.search(text))


def _d026(package: Package) -> Iterator[str]:
    for path in package:
        code = _code(package, path) if path.endswith(".js") else ""
        if "z.request(" in code and "addressOf(z, bundle)" not in code:
            yield path


def _d003(package: Package) -> Iterator[str]:
    yield from _lacks(package, "authentication.js", "connectionLabel:")


def _d006(package: Package) -> Iterator[str]:
    yield from _lacks(package, "lib/trigger.js", "performList:")


def _d016(package: Package) -> Iterator[str]:
    yield from _lacks(package, "lib/trigger.js", "performSubscribe:")


def _d017(package: Package) -> Iterator[str]:
    yield from _lacks(package, "lib/trigger.js", "performUnsubscribe:")


def _c001(package: Package) -> Iterator[str]:
    yield from gone(package, published())


def _c002(package: Package) -> Iterator[str]:
    yield from gone_keys(package, published(), "inputs")


def _c003(package: Package) -> Iterator[str]:
    yield from gone_keys(package, published(), "sample")


RULES: Final = (
    Rule("D001", "no action asks for an API key", _d001),
    Rule("D002", "the help of the connection's fields has a link", _d002),
    Rule("D003", "a connection has a label", _d003),
    Rule("D004", "every id can be chosen from a dropdown", _d004),
    Rule("D005", "the search that a field names exists", _d005),
    Rule("D006", "an instant trigger lists samples", _d006),
    Rule("D007", "every address is https", _d007),
    Rule("D008", "links are Markdown, bare addresses stand in backticks", _d008),
    Rule("D009", "a search has a field", _d009),
    Rule("D010", "the sample has the id", _d010),
    Rule("D011", "the help of a field says more than its label", _d011),
    Rule("D012", "there is a sample", _d012),
    Rule("D013", "a pair's search and create exist", _d013),
    Rule("D014", "a field with a search has a dropdown too", _d014),
    Rule("D015", "what a dropdown is made from exists", _d015),
    Rule("D016", "a trigger subscribes", _d016),
    Rule("D017", "a trigger unsubscribes", _d017),
    Rule("D018", "labels are in Title Case", _d018),
    Rule("D021", "a trigger's description is `Triggers when ….`", _d021),
    Rule("D022", "input fields are static", _d022),
    Rule("D023", "moments in samples are ISO 8601", _d023),
    Rule("D024", "the sample agrees with the output fields", _d024),
    Rule("D025", "no dangerous scheme stands in a text", _d025),
    Rule("D026", "an address that a person types is checked before it is called", _d026),
    Rule("C001", "what was published is still there", _c001),
    Rule("C002", "no input field of what was published is gone", _c002),
    Rule("C003", "no key of a published sample is gone", _c003),
)
