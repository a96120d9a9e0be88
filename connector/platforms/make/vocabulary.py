"""The words that Make knows, as far as the app uses them: keys, types, verbs."""

from collections.abc import Mapping
from typing import Final

CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "connection": ("communication", "params", "scopeList", "defaultScope"),
    "webhook": ("communication", "params", "attach", "detach", "update", "requiredScope"),
    "module": (
        "communication",
        "staticParams",
        "mappableParams",
        "interface",
        "samples",
        "scope",
    ),
    "rpc": ("communication", "params"),
    "function": (),
}
ABOUT: Final[Mapping[str, tuple[str, ...]]] = {
    "connection": ("label", "connectionType"),
    "webhook": ("label", "webhookType", "connection"),
    "module": ("label", "description", "moduleType", "actionCrud", "connection", "webhook"),
    "rpc": ("label", "connection"),
    "function": (),
}
MODULE_TYPES: Final = ("action", "instant_trigger", "search", "universal")
REQUEST: Final = {
    "body",
    "condition",
    "headers",
    "log",
    "method",
    "output",
    "pagination",
    "qs",
    "response",
    "temp",
    "type",
    "url",
}
RESPONSE: Final = {"data", "error", "iterate", "limit", "metadata", "output", "temp", "uid"}
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITH_BODY: Final = ("POST", "PUT", "PATCH")
ERRORS: Final = (
    "ConnectionError",
    "DataError",
    "DuplicateDataError",
    "IncompleteDataError",
    "InvalidAccessTokenError",
    "InvalidConfigurationError",
    "OutOfSpaceError",
    "RateLimitError",
    "RuntimeError",
)
PARAMETER: Final = {
    "advanced",
    "help",
    "label",
    "mode",
    "multiline",
    "multiple",
    "name",
    "options",
    "required",
    "semantic",
    "spec",
    "type",
    "validate",
}
TYPES: Final = (
    "any",
    "array",
    "boolean",
    "buffer",
    "collection",
    "date",
    "email",
    "filename",
    "integer",
    "number",
    "password",
    "select",
    "text",
    "url",
)
VERBS: Final[Mapping[str, tuple[str, ...]]] = {
    "instant_trigger": ("Watch",),
    "search": ("Search", "List", "Get", "Find"),
    "universal": ("Make",),
}
RESERVED: Final = ("delete", "export", "function", "import", "new", "return", "switch", "void")
LONGEST_NAME: Final = 128  # characters
LONGEST_LABEL: Final = 256
