"""One component of the app, such as a module, with its code files."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# Under which name a code lies, where that is not its own.
_FILES: Final = {
    "communication": "communication",
    "defaultScope": "default-scope",
    "mappableParams": "mappable-params",
    "requiredScope": "required-scope",
    "scopeList": "scope-list",
    "staticParams": "static-params",
}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the app: its `kind` and `name`, what is said of it, and its code by Make's names.

    `resource` is what a module is about.
    """

    kind: str
    name: str
    about: Mapping[str, Any]
    code: Mapping[str, Any]
    resource: str | None = None

    @property
    def metadata(self) -> dict[str, Any]:
        """What the project's file says of it."""
        files = {code: codefile(self.kind, self.name, code) for code in self.code}
        return {**self.about, "codeFiles": files}


def codefile(kind: str, name: str, code: str) -> str:
    """Return where a code lies: `modules/createContact/createContact.samples.iml.json`."""
    shown = _FILES.get(code, code)
    if kind == "connection" and code == "communication":
        shown = "oauth-communication"
    return f"{kind}s/{name}/{name}.{shown}.iml.json"
