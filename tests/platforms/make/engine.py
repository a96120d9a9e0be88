"""What Make does with an app, as far as it is documented: no engine can be had.

It reads the app's own files: signs in, attaches and detaches webhooks, runs modules, lists choices.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import requests
from platforms.account import PATIENCE_S, Account
from platforms.consent import allow, answer_in
from platforms.make.iml import UNDEFINED, evaluate

Bundle = dict[str, Any]
MOST_PAGES = 3


class Failed(Exception):
    """A module failed: `type` is the class of Make's error."""

    def __init__(self, type: str, message: str) -> None:
        self.type = type
        super().__init__(message)


class App:
    """The app in somebody's Make."""

    def __init__(self, folder: Path, account: Account) -> None:
        self.account = account
        self._folder = folder
        project = json.loads((folder / "makecomapp.json").read_text())
        self.components = project["components"]
        self._base = self._read(project["generalCodeFiles"]["base"])
        self.connection: Bundle = {}
        self.label = ""
        self._session = requests.Session()
        self._session.trust_env = False

    def code(self, kind: str, name: str, code: str) -> Any:
        """Return a code file of a component; {} if it has none such."""
        path = self.components[kind][name]["codeFiles"].get(code)
        return self._read(path) if path else {}

    def _read(self, path: str) -> Any:
        return json.loads((self._folder / path).read_text())

    # ---- the connection ------------------------------------------------------------------------

    def connect(self, parameters: Bundle, redirect_uri: str, scope: list[str]) -> None:
        """Connect, as a person does in a window; `scope` is what the scenario's modules need."""
        phases = self.code("connection", "unitwire", "communication")
        oauth = {"localRedirectUri": redirect_uri, "scope": scope}
        variables: Bundle = {"parameters": parameters, "oauth": oauth}
        variables["temp"] = evaluate(phases["authorize"]["temp"], variables)
        told = evaluate(phases["authorize"], variables)
        asked = told["qs"] | {"state": "of-make"}
        came = answer_in(allow(self.account, f"{told['url']}?{urlencode(asked)}"))
        assert came["state"] == "of-make"
        back = evaluate(phases["authorize"]["response"]["temp"], {"query": came})
        variables["temp"] |= back
        self.connection = self._phase(phases["token"], variables)["data"]
        info = self._phase(phases["info"], variables | {"connection": self.connection})
        self.label = info["metadata"]["value"]
        self._parameters = parameters

    def refresh(self, *, soon: bool) -> bool:
        """Renew the tokens if it is time; `soon` makes it so. Return whether they were renewed."""
        told = self.code("connection", "unitwire", "communication")["refresh"]
        data = self.connection
        if soon:
            data = data | {"expires": evaluate("{{now}}", {})}
        variables = {"parameters": self._parameters, "data": data}
        if not evaluate(told["condition"], variables):
            return False
        self.connection = self._phase(told, variables)["data"]
        return True

    def invalidate(self) -> None:
        """End the connection."""
        told = self.code("connection", "unitwire", "communication")["invalidate"]
        self._phase(told, {"parameters": self._parameters, "data": self.connection})

    def _phase(self, told: Bundle, variables: Bundle) -> Bundle:
        answer = self._send(told, variables)
        return dict(evaluate(told["response"], variables | answer))

    # ---- webhooks, modules, choices ------------------------------------------------------------

    def attach(self, webhook: str, url: str, **parameters: Any) -> Bundle:
        """Attach a webhook; return what Make keeps of it."""
        told = self.code("webhook", webhook, "attach")
        variables = {"webhook": {"url": url}, "parameters": parameters}
        answer = self._call(told, variables)
        return dict(evaluate(told["response"]["data"], variables | answer)) | {"url": url}

    def update(self, webhook: str, kept: Bundle, **parameters: Any) -> None:
        """Tell that the parameters of a webhook were changed."""
        told = self.code("webhook", webhook, "update")
        self._call(told, {"webhook": kept, "parameters": parameters})

    def detach(self, webhook: str, kept: Bundle) -> None:
        """Detach a webhook."""
        self._call(self.code("webhook", webhook, "detach"), {"webhook": kept})

    def watch(self, webhook: str, body: Any) -> Any:
        """Return the bundle that a scenario gets for what arrived."""
        return evaluate(self.code("webhook", webhook, "communication")["output"], {"body": body})

    def run(self, module: str, **given: Any) -> list[Bundle]:
        """Run a module on what a person filled in; return its bundles. Raises Failed."""
        form = self.code("module", module, "mappableParams")
        typed = {
            each["name"]: _typed(each, given.pop(each["name"]))
            for each in form
            if each["name"] in given
        }
        assert not given, "the form has no such fields"
        assert all(each["name"] in typed for each in form if each["required"])
        told = self.code("module", module, "communication")
        return list(self._bundles(told, {"parameters": typed}))

    def choices(self, rpc: str, **parameters: Any) -> list[Bundle]:
        """Return what a dropdown offers."""
        return list(
            self._bundles(self.code("rpc", rpc, "communication"), {"parameters": parameters})
        )

    def _bundles(self, told: Bundle, variables: Bundle) -> Iterator[Bundle]:
        response = told["response"]
        limit = evaluate(response.get("limit"), variables)
        left = limit if isinstance(limit, int) else None
        for page in range(1, MOST_PAGES + 1):
            more = told.get("pagination", {}).get("qs", {}) if page > 1 else {}
            seen = variables | {"pagination": {"page": page}}
            asked = told | {"qs": told.get("qs", {}) | more} if told.get("qs") or more else told
            answer = self._call(asked, seen)
            items = evaluate(response["iterate"], answer) if "iterate" in response else [{}]
            for item in items[:left]:
                yield evaluate(response["output"], {**seen, **answer, "item": item})
            left = None if left is None else left - len(items)
            following = told.get("pagination", {}).get("condition")
            if not following or not evaluate(following, answer) or left == 0:
                return

    # ---- requests ------------------------------------------------------------------------------

    def _call(self, told: Bundle, variables: Bundle) -> Bundle:
        """Make a request that inherits from the base."""
        variables = variables | {"connection": self.connection}
        whole = told | {
            "url": self._base["baseUrl"] + told["url"],
            "headers": self._base["headers"],
            "response": {"error": self._base["response"]["error"]},
        }
        return self._send(whole, variables)

    def _send(self, told: Bundle, variables: Mapping[str, Any]) -> Bundle:
        method = evaluate(told.get("method", "GET"), variables)
        body = evaluate(told.get("body"), variables)
        form = told.get("type") == "urlencoded"
        answer = self._session.request(
            method,
            evaluate(told["url"], variables),
            params=evaluate(told.get("qs", {}), variables),
            headers=evaluate(told.get("headers", {}), variables),
            data=body if form else None,
            json=None if form else body,
            timeout=PATIENCE_S,
        )
        said = {
            "statusCode": answer.status_code,
            "headers": dict(answer.headers),
            "body": answer.json() if answer.content else UNDEFINED,
        }
        if not answer.ok:
            error = told["response"]["error"]
            found = error.get(str(answer.status_code), error)
            raise Failed(found.get("type", "RuntimeError"), evaluate(found["message"], said))
        return said


def _typed(parameter: Bundle, value: Any) -> Any:
    """Return a value as a person gives it in the form: an object as keys and values."""
    if parameter["type"] == "array" and isinstance(value, Mapping):
        assert [each["name"] for each in parameter["spec"]] == ["key", "value"]
        return [{"key": key, "value": each} for key, each in value.items()]
    return value
