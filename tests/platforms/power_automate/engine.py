"""What Power Automate does with a connector, as far as it is documented: no engine can be had.

Forms are filled in as the designer does it: hidden fields from their defaults, the flow's address
where it is asked for. Requests go where the policies route them. A subscription ends by deleting
the `Location` of its answer. What is sent and what is answered has to fit the definition.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from jsonschema import Draft4Validator
from platforms.account import PATIENCE_S, Account

METHODS = ("get", "post", "delete")
Schema = dict[str, Any]


class Refused(Exception):
    """A step failed: the flow shows the `message` of the answer."""

    def __init__(self, status: int, answer: Any) -> None:
        self.status = status
        super().__init__(answer["error"]["message"])


class Connector:
    """A connector in somebody's Power Automate, with a connection."""

    def __init__(self, folder: Path, account: Account, token: str) -> None:
        self.document = json.loads((folder / "apiDefinition.swagger.json").read_text())
        properties = json.loads((folder / "apiProperties.json").read_text())["properties"]
        self.policies = properties["policyTemplateInstances"]
        self.sign_in = properties["connectionParameters"]["token"]["oAuthSettings"]
        self.operations = {
            item[method]["operationId"]: (path, method, item)
            for path, item in self.document["paths"].items()
            for method in METHODS
            if method in item
        }
        self._origin = account.url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"Bearer {token}"

    def here(self, url: str) -> str:
        """Return an address of the package, on the running Unitwire."""
        return url.replace(f"https://{self.document['host']}", self._origin)

    def call(self, operation_id: str, body: Any = None, **parameters: Any) -> Any:
        """Carry out an operation; return what is answered. Raises Refused."""
        return self._send(operation_id, body, parameters)[1]

    def turn_on(self, trigger: str, address: str, **fields: Any) -> str:
        """Switch a flow on; return the `Location` that Power Automate keeps."""
        status, answer, headers = self._send(trigger, fields, {}, address)
        assert status == 201
        assert answer["endpoint"]["id"]
        return str(headers["Location"])

    def turn_off(self, location: str) -> None:
        """Switch a flow off."""
        path = urlsplit(location).path
        known, id = self.operations["Unsubscribe"][0].split("{id}")[0], path.rpartition("/")[2]
        assert path == f"{known}{id}", "the definition knows no operation for this Location"
        assert self._session.delete(location, timeout=PATIENCE_S).status_code == 204

    def choices(self, field: Schema, form: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return what a dropdown offers, which is the same in the new way and the old."""
        new, old = field["x-ms-dynamic-list"], field["x-ms-dynamic-values"]
        given = {
            name: form.get(told["parameterReference"].removeprefix("body/"))
            if "parameterReference" in told
            else told["value"]
            for name, told in new["parameters"].items()
        }
        before = {
            name: form.get(told["parameter"]) if isinstance(told, dict) else told
            for name, told in old["parameters"].items()
        }
        assert given == before
        answer = self.call(new["operationId"], **given)
        found = [
            {"value": item[new["itemValuePath"]], "title": item[new["itemTitlePath"]]}
            for item in answer[new["itemsPath"]]
        ]
        assert found == [
            {"value": item[old["value-path"]], "title": item[old["value-title"]]}
            for item in answer[old["value-collection"]]
        ]
        return found

    def fits(self, schema: Schema, value: Any) -> None:
        """Fail unless a value fits a schema of the definition."""
        whole = {**schema, "definitions": self.document["definitions"]}
        Draft4Validator(_with_nulls(whole)).validate(value)

    def _send(
        self, operation_id: str, body: Any, parameters: Mapping[str, Any], address: str = ""
    ) -> tuple[int, Any, Mapping[str, str]]:
        path, method, item = self.operations[operation_id]
        operation = item[method]
        told = {each["name"]: each for each in operation["parameters"]}
        assert set(parameters) <= set(told)
        query, headers, sent = {}, {}, None
        for name, each in told.items():
            value = parameters.get(name, each.get("default"))
            if each["in"] == "body":
                sent = self._filled(each["schema"], body or {}, address)
            elif value is None:
                assert not each["required"], name
            elif each["in"] == "path":
                path = path.replace(f"{{{name}}}", str(value))
            else:
                (query if each["in"] == "query" else headers)[name] = str(value)
        path, method = self._routed(operation_id, path, method)
        answer = self._session.request(
            method,
            self._origin + path,
            params=query,
            headers=headers,
            json=sent,
            timeout=PATIENCE_S,
        )
        if not answer.ok:
            self.fits(operation["responses"]["default"]["schema"], answer.json())
            raise Refused(answer.status_code, answer.json())
        self.fits(operation["responses"][str(answer.status_code)].get("schema", {}), answer.json())
        return answer.status_code, answer.json(), answer.headers

    def _filled(self, schema: Schema, given: Mapping[str, Any], address: str) -> dict[str, Any]:
        """Return a form as the designer sends it."""
        filled = dict(given)
        for key, field in schema["properties"].items():
            if field.get("x-ms-notification-url"):
                filled[key] = address
            elif key not in filled and "default" in field:
                filled[key] = field["default"]
        assert set(filled) <= set(schema["properties"])
        self.fits(schema, filled)
        return filled

    def _routed(self, operation_id: str, path: str, method: str) -> tuple[str, str]:
        for policy in self.policies:
            told = policy["parameters"]
            assert policy["templateId"] == "routerequesttoendpoint"
            if operation_id in told["x-ms-apimTemplate-operationName"]:
                return (
                    told["x-ms-apimTemplateParameter.newPath"],
                    told["x-ms-apimTemplateParameter.httpMethod"],
                )
        return path, method


def _with_nulls(schema: Any) -> Any:
    """Return a schema of Swagger 2.0 as one of JSON Schema, which says null where it may be."""
    if isinstance(schema, list):
        return [_with_nulls(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _with_nulls(value) for key, value in schema.items()}
    if schema.get("x-nullable") is True:
        told["type"] = [schema["type"], "null"]
        if "enum" in schema:
            told["enum"] = [*schema["enum"], None]
    return told
