"""Where an answer leads: the links of OpenAPI 3.1 (section 4.8.20), derived.

An operation that takes an id, in its path or as a filter, is linked from every answer that gives
one. Clients follow the links instead of guessing; the fuzz of the contract walks along them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.catalogue.json_schema import JsonSchema

# Where the value of a parameter stands in an answer, as JSON pointers (RFC 6901).
GIVEN: Final[Mapping[str, tuple[str, ...]]] = {
    "endpoint_id": (
        "/endpoint/id",
        "/endpoints/0/id",
        "/delivery/endpoint/id",
        "/deliveries/0/endpoint/id",
    ),
    "delivery_id": ("/delivery/id", "/deliveries/0/id"),
    "event_id": ("/delivery/event/id", "/deliveries/0/event/id"),
    "event_type": ("/event_type/value", "/event_types/0/value", "/delivery/event/type"),
    "key": ("/action/key", "/actions/0/key"),
}


def add_links(paths: Mapping[str, Any]) -> None:
    """Give each answer of `paths` that holds an id its links, in place."""
    operations = [found for item in paths.values() for found in _operations(item)]
    takers = [
        (operation["operationId"], parameter)
        for operation, parameters in operations
        for parameter in parameters
        if parameter.get("name") in GIVEN
    ]
    for operation, _ in operations:
        for schema, answer in _answers(operation):
            links = {
                _name(target, parameter): {
                    "operationId": target,
                    "parameters": {parameter["name"]: f"$response.body#{pointer}"},
                }
                for target, parameter in takers
                for pointer in GIVEN[parameter["name"]]
                if target != operation["operationId"] and _holds(schema, pointer)
            }
            if links:
                answer["links"] = links


def _operations(item: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Yield the operations of a path, each with its parameters and those of the path."""
    for operation in item.values():
        if isinstance(operation, dict):
            yield operation, [*item.get("parameters", ()), *operation.get("parameters", ())]


def _answers(operation: Mapping[str, Any]) -> Iterator[tuple[JsonSchema, dict[str, Any]]]:
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json")
        if str(status).startswith("2") and content:
            yield content["schema"], answer


def _holds(schema: JsonSchema, pointer: str) -> bool:
    return pointer.split("/")[1] in schema.get("properties", {})


def _name(target: str, parameter: Mapping[str, Any]) -> str:
    return target if parameter["in"] == "path" else f"{target}_by_{parameter['name']}"
