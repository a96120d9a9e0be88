"""What Make's editor and reviewers demand of an app.

From the JSON schemas in the public repository of its editor, and its guide for reviews.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.catalogue.actions import ACTION
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.documents import Package, read
from connector.platforms.make.vocabulary import (
    ABOUT,
    CODES,
    ERRORS,
    LONGEST_LABEL,
    LONGEST_NAME,
    METHODS,
    MODULE_TYPES,
    PARAMETER,
    REQUEST,
    RESERVED,
    RESPONSE,
    TYPES,
    VERBS,
    WITH_BODY,
)
from connector.platforms.rules import Rule
from connector.platforms.wording import camel_case

PROJECT: Final = "makecomapp.json"

Found = tuple[str, str, dict[str, Any]]


def _components(package: Package) -> Iterator[Found]:
    """Yield the kind, the name and the metadata of each component."""
    for kind, found in read(package, PROJECT)["components"].items():
        yield from ((kind, name, about) for name, about in found.items())


def _modules(package: Package) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, about) for kind, name, about in _components(package) if kind == "module")


def _code(package: Package, about: Mapping[str, Any], code: str) -> Any:
    path = about["codeFiles"].get(code)
    return json.loads(package[path]) if path else None


def _requests(package: Package) -> Iterator[tuple[str, dict[str, Any]]]:
    for kind, name, about in _components(package):
        for code in ("communication", "attach", "detach", "update"):
            told = _code(package, about, code)
            if kind == "connection" and told:
                yield from ((f"{name} {phase}", request) for phase, request in told.items())
            elif told:
                yield f"{name} {code}", told


def _parameters(package: Package) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, name, about in _components(package):
        for code in ("params", "staticParams", "mappableParams", "interface"):
            yield from _nested(f"{name} {code}", _code(package, about, code) or [])


def _nested(place: str, found: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for each in found if isinstance(found, list) else [found]:
        where = f"{place}.{each.get('name', '')}"
        yield where, each
        yield from _nested(where, each.get("spec", []))


# ---- rules -------------------------------------------------------------------------------------


def _project(package: Package) -> Iterator[str]:
    told = read(package, PROJECT)
    named = {PROJECT, *(path for path in told["generalCodeFiles"].values() if path)}
    yield from sorted({"fileVersion", "generalCodeFiles", "components", "origins"} ^ told.keys())
    yield from sorted(CODES.keys() ^ told["components"].keys())
    for kind, name, about in _components(package):
        codes = about["codeFiles"]
        named |= set(codes.values())
        yield from (f"{name}: {code}" for code in sorted(codes.keys() - set(CODES[kind])))
        unknown = about.keys() - {"codeFiles", *ABOUT[kind]}
        yield from (f"{name}: {key}" for key in sorted(unknown))
        if kind == "module" and about["moduleType"] not in MODULE_TYPES:
            yield f"{name}: {about['moduleType']}"
    yield from sorted(named ^ package.keys())


def _labels(package: Package) -> Iterator[str]:
    for name, about in _modules(package):
        first, *rest = re.findall(r"[^\s()]+", about["label"])
        verbs = VERBS.get(about["moduleType"], (first,))
        ordinary = (word for word in rest if not word.isupper())
        if first not in verbs or not first[0].isupper() or any(w[0].isupper() for w in ordinary):
            yield f"{name}: {about['label']}"


def _descriptions(package: Package) -> Iterator[str]:
    for name, about in _modules(package):
        told = about["description"]
        if not told.endswith(".") or not (told.split(" ")[0].endswith("s") or "API" in told):
            yield f"{name}: {told}"


def _names(package: Package) -> Iterator[str]:
    for _, name, _ in _components(package):
        if not re.fullmatch(r"[a-z][A-Za-z0-9]{2,47}", name) or name in RESERVED:
            yield name


def _request_shape(package: Package) -> Iterator[str]:
    for place, told in _requests(package):
        yield from (f"{place}: {key}" for key in sorted(told.keys() - REQUEST))
        response = told.get("response", {})
        yield from (f"{place}: {key}" for key in sorted(response.keys() - RESPONSE))
        method = told.get("method", "GET")
        if method not in METHODS or (method in WITH_BODY and not {"url", "body"} <= told.keys()):
            yield f"{place}: {method}"


def _parameter_shape(package: Package) -> Iterator[str]:
    for place, told in _parameters(package):
        yield from (f"{place}: {key}" for key in sorted(told.keys() - PARAMETER))
        if told.get("type") not in TYPES:
            yield f"{place}: {told.get('type')}"
        if len(told.get("name", "")) > LONGEST_NAME or len(told.get("label", "")) > LONGEST_LABEL:
            yield f"{place}: too long"


def _shown(package: Package) -> Iterator[str]:
    for name, about in _modules(package):
        told, sample = _code(package, about, "interface"), _code(package, about, "samples")
        if not told or not sample:
            yield name
            continue
        known = {each["name"] for each in told} | {"meta", "api_version"}
        yield from (f"{name}: {key}" for key in sample if key not in known)


def _base(package: Package) -> Iterator[str]:
    told = read(package, read(package, PROJECT)["generalCodeFiles"]["base"])
    yield from (key for key in ("baseUrl", "headers", "log") if key not in told)
    if "request.headers.authorization" not in told.get("log", {}).get("sanitize", ()):
        yield "tokens stand in the log"
    errors = [told["response"]["error"], *_by_status(told["response"]["error"])]
    for each in errors:
        if each.get("type") not in ERRORS or not each.get("message"):
            yield str(each.get("type"))
    yield from (
        status for status in ("401", "422", "429") if status not in told["response"]["error"]
    )


def _by_status(error: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in error.values() if isinstance(each, dict)]


def _signing_in(package: Package) -> Iterator[str]:
    for kind, _, about in _components(package):
        if kind != "connection":
            continue
        told = _code(package, about, "communication")
        phases = {"authorize", "token", "refresh", "info", "invalidate"}
        yield from sorted(phases ^ told.keys())
        if "metadata" not in told["info"]["response"]:
            yield "no label"
        for phase in told.keys() & {"token", "refresh"}:
            log = told[phase]["log"]["sanitize"]
            if not {"request.body.client_secret", "response.body.access_token"} <= set(log):
                yield f"{phase}: secrets stand in the log"


def _watching(package: Package) -> Iterator[str]:
    webhooks = read(package, PROJECT)["components"]["webhook"]
    watched = [about.get("webhook") for _, about in _modules(package) if "webhook" in about]
    yield from sorted(set(watched) ^ webhooks.keys())
    for name, about in _modules(package):
        if (about["moduleType"] == "instant_trigger") != ("webhook" in about):
            yield name
    for name, about in webhooks.items():
        attach, detach = _code(package, about, "attach"), _code(package, about, "detach")
        kept = attach["response"]["data"].get("externalHookId")
        if not kept or "{{webhook.externalHookId}}" not in detach["url"]:
            yield f"{name}: detaching finds nothing"


def _dropdowns(package: Package) -> Iterator[str]:
    procedures = read(package, PROJECT)["components"]["rpc"]
    asked = {
        told["options"].removeprefix("rpc://")
        for _, told in _parameters(package)
        if isinstance(told.get("options"), str)
    }
    yield from sorted(asked ^ procedures.keys())


def _helped(package: Package) -> Iterator[str]:
    for name, about in _modules(package):
        for each in _code(package, about, "mappableParams") or []:
            if each["name"].endswith("_id") and not each.get("help"):
                yield f"{name}.{each['name']}"


def _grouped(package: Package) -> Iterator[str]:
    groups: Any = json.loads(package[read(package, PROJECT)["generalCodeFiles"]["groups"]])
    listed = [name for group in groups for name in group["modules"]]
    yield from sorted({name for name, _ in _modules(package)} ^ set(listed))
    yield from sorted({name for name in listed if listed.count(name) > 1})


def _whole(package: Package) -> Iterator[str]:
    modules = {name for name, _ in _modules(package)}
    yield from (key for key in ACTION if camel_case(key) not in modules)
    offered = {
        option["value"]
        for _, told in _parameters(package)
        if isinstance(told.get("options"), list)
        for option in told["options"]
    }
    yield from (each for each in EVENT_TYPES if each not in offered)


RULES: Final = (
    Rule("M001", "The project names all files, and knows all its keys.", _project),
    Rule("M002", "Labels are in sentence case and begin with the verb of their kind.", _labels),
    Rule("M003", "Descriptions are sentences in the third person.", _descriptions),
    Rule("M004", "Names are in camel case and no words of JavaScript.", _names),
    Rule("M005", "Requests have known keys, and a body where one is sent.", _request_shape),
    Rule("M006", "Parameters have known types and keys, and short names.", _parameter_shape),
    Rule("M007", "Every module shows what it gives, with a sample of it.", _shown),
    Rule("M008", "The base has the address, all errors, and keeps tokens out of the log.", _base),
    Rule("M009", "The connection renews, is told apart, and keeps secrets out.", _signing_in),
    Rule("M010", "Every instant trigger attaches and detaches a webhook.", _watching),
    Rule(
        "M011", "Dropdowns ask remote procedures that exist, and there are no others.", _dropdowns
    ),
    Rule("M012", "Where an id is asked for, it is said what of.", _helped),
    Rule("M013", "Every module stands in one group.", _grouped),
    Rule("M014", "All event types, actions and searches are there.", _whole),
)
