"""Every setting, in one place: type, default, help, and what is refused at start.

A setting `database_url` is read from `UNITWIRE_DATABASE_URL`, or from the file that
`UNITWIRE_DATABASE_URL_FILE` names.
With none set, everything runs on embedded defaults: one SQLite file in the current folder.
A wrong or unsafe value stops the start with the variable's name and what to do.
"""

import dataclasses
import ipaddress
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from environs import EnvError, FileAwareEnv

from connector.errors import SettingsError

PREFIX = "UNITWIRE_"

LEAST_SCOPES = tuple(
    f"public.{name}"
    for name in (
        *("webhook_endpoint:read", "webhook_endpoint:write"),
        *("contact:read", "contact:write", "contract:read", "contract_template:read"),
        *("coupon:read", "credit_note:read", "deal:read", "deal:write", "deal_stage:read"),
        *("identity_verification:read", "invoice:read", "note:read", "note:write"),
        *("order:read", "order:write", "product:read", "product:write", "product_category:read"),
        *("protection_level:read", "protection_level:write", "site:read", "staff:read"),
        *("subscription:read", "task:read", "task:write", "tenancy:read"),
        *("timeline_event:write", "timeline_source:read", "timeline_template:read"),
        *("unit:read", "unit:write", "unit_type:read"),
    )
)
# Not on Stora's list of scopes, and one unknown scope makes a whole authorisation fail: whoever
# needs the few actions that want them asks Stora, and sets UNITWIRE_STORA_SCOPES.
UNCONFIRMED_SCOPES = ("public.unit_allocation:read", "public.unit_type:write")
ALL_SCOPES = LEAST_SCOPES + UNCONFIRMED_SCOPES


def setting(
    default: Any,
    help: str,
    least: int | None = None,
    most: int | None = None,
    *,
    secret: bool = False,
) -> Any:
    """Declare one setting; `least` and `most` bound a number, both included.

    A `secret` one, or one that may hold a password, is not shown when settings are printed.
    """
    metadata = {"help": help, "least": least, "most": most}
    return field(default=default, repr=not secret, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """All settings of one installation, checked; immutable."""

    database_url: str = setting(
        "sqlite:///unitwire.db",
        "Where everything is kept: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME",
        secret=True,
    )
    secret_keys: tuple[str, ...] = setting(
        (),
        "Keys that encrypt secrets at rest, separated by commas: the first encrypts, all decrypt. "
        "Made by `unitwire keys new`. With SQLite, made and kept beside the file if unset; "
        "required with PostgreSQL",
        secret=True,
    )
    public_url: str = setting(
        "http://127.0.0.1:8080",
        "The address under which browsers, builders and Stora reach Unitwire, without a path",
    )
    stora_api_url: str = setting("https://public-api.stora.co", "Stora's API, without the version")
    stora_authorize_url: str = setting(
        "", "Stora's consent page; unset: `/oauth2/authorize` of Stora's API"
    )
    stora_token_url: str = setting(
        "", "Stora's token endpoint; unset: `/oauth2/token` of Stora's API"
    )
    stora_client_id: str = setting("", "Client id of the application that Stora set up for you")
    stora_client_secret: str = setting("", "Client secret of that application", secret=True)
    stora_scopes: tuple[str, ...] = setting(
        LEAST_SCOPES,
        "Scopes asked of Stora when an operator connects, separated by commas; a few actions need "
        "two more, see *Two scopes more* in docs/connect.md",
    )
    stora_per_second: int = setting(
        10, "Calls in a second that Stora allows each connection; your plan may have more", 1, 1000
    )
    stora_per_minute: int = setting(60, "Calls in a minute that it allows", 1, 6_000)
    timeline_source: str = setting(
        "Unitwire", "Name of the timeline source in Stora under which actions are noted"
    )
    timeline_template: str = setting(
        "Workflow Action", "Name of the timeline template in Stora that actions are noted by"
    )
    allow_targets: tuple[str, ...] = setting(
        (),
        "Address ranges a webhook target may have besides the public Internet, for example "
        "10.0.0.0/8,127.0.0.0/8; link-local and cloud metadata addresses stay shut",
    )
    retention_days: int = setting(
        30,
        "Days after which finished events, deliveries and attempts are removed; the ids that "
        "make repeats harmless are kept for at least three",
        1,
        3650,
    )
    trusted_proxies: int = setting(
        0, "How many reverse proxies in front may set X-Forwarded-For, -Proto, -Host", 0, 8
    )
    signature_tolerance: int = setting(
        300,
        "Seconds by which the time in Stora's signature may differ from the clock here",
        30,
        86400,
    )
    retry_hours: int = setting(
        75, "Hours after which an event that a workflow does not take is given up", 1, 192
    )
    attempt_timeout: int = setting(
        20, "Seconds one delivery attempt may take in all, from name look-up to last byte", 1, 60
    )
    max_body_bytes: int = setting(
        1_048_576, "Largest request body taken, in bytes", 16_384, 16_777_216
    )
    body_timeout: int = setting(10, "Seconds in which a request's body must have arrived", 1, 120)
    web_threads: int = setting(16, "Threads that answer requests in one web process", 1, 256)
    max_in_flight: int = setting(
        512,
        "Deliveries one dispatcher has under way at the same time; one connection at most half",
        1,
        4096,
    )
    rate_limits: bool = setting(True, "Limit how often one caller may ask; off for load tests")
    log_level: str = setting("info", "debug, info, warning or error")

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            least, most = spec.metadata["least"], spec.metadata["most"]
            value = getattr(self, spec.name)
            if least is not None and not least <= value <= most:
                raise refuse(spec.name, f"{value} is not between {least} and {most}.")
        check_database(self)
        for name in ("public_url", "stora_api_url", "stora_authorize_url", "stora_token_url"):
            if (value := getattr(self, name)) or getattr(Settings, name):  # some are by default ""
                check_url(name, value)
        if urlsplit(self.public_url).path not in ("", "/"):
            raise refuse("public_url", "it must not have a path: use a host name of its own.")
        for text in self.allow_targets:
            check_range(text)
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise refuse("log_level", "use debug, info, warning or error.")
        if bool(self.stora_client_id) != bool(self.stora_client_secret):
            raise refuse(
                "stora_client_secret", "set it together with UNITWIRE_STORA_CLIENT_ID, or neither."
            )

    @property
    def origin(self) -> str:
        """The public URL without a closing slash; also the OAuth issuer (RFC 8414)."""
        return self.public_url.rstrip("/")

    @property
    def authorize_url(self) -> str:
        """Stora's consent page."""
        return self.stora_authorize_url or f"{self.stora_api_url.rstrip('/')}/oauth2/authorize"

    @property
    def token_url(self) -> str:
        """Stora's token endpoint."""
        return self.stora_token_url or f"{self.stora_api_url.rstrip('/')}/oauth2/token"

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite:")

    @classmethod
    def from_environment(cls, **overrides: Any) -> "Settings":
        """Read all settings from `UNITWIRE_*`; `overrides` (not None) win over the environment.

        Raises SettingsError, naming the variable, for unknown names and wrong values.
        """
        known = {f.name: f for f in dataclasses.fields(cls)}
        for variable in os.environ:
            name = variable.removeprefix(PREFIX).removesuffix("_FILE").lower()
            if variable.startswith(PREFIX) and name not in known:
                raise SettingsError(f"{variable} is not a setting of Unitwire. Check its spelling.")
        env = FileAwareEnv(prefix=PREFIX, strip_whitespace=True)
        readers: dict[Any, Any] = {
            str: env.str,
            int: env.int,
            bool: env.bool,
            tuple[str, ...]: env.list,
        }
        values: dict[str, Any] = {}
        for name, spec in known.items():
            try:
                value = readers[spec.type](name.upper(), None)
            except (EnvError, ValueError) as problem:
                told = str(problem)  # `Environment variable "…" invalid: why`
                raise refuse(name, told.partition(" invalid: ")[2] or told) from None
            if isinstance(value, list):
                value = tuple(part.strip() for part in value if part.strip())
            if value is not None:
                values[name] = value
        values.update((name, value) for name, value in overrides.items() if value is not None)
        return cls(**values)


def variable_of(name: str) -> str:
    """Return the environment variable of setting `name`."""
    return PREFIX + name.upper()


def is_set(name: str) -> bool:
    """Whether the environment has setting `name`, as a value or in a file; empty is as without."""
    return any(os.environ.get(variable_of(name) + end) for end in ("", "_FILE"))


def refuse(name: str, why: str) -> SettingsError:
    """Return the error that stops the start because of setting `name`."""
    return SettingsError(f"{variable_of(name)}: {why}")


def check_database(settings: Settings) -> None:
    """Refuse databases that Unitwire does not run on, and PostgreSQL without keys."""
    address, parted, _ = settings.database_url.partition("://")
    scheme = address.partition(":")[0].partition("+")[0]
    if scheme not in ("sqlite", "postgresql", "postgres") or (scheme != "sqlite" and not parted):
        raise refuse("database_url", "use sqlite:///FILE or postgresql://USER@HOST/NAME.")
    if scheme == "sqlite" and not settings.database_url.startswith("sqlite:///"):
        raise refuse("database_url", "write sqlite:/// with three slashes, then the file's path.")
    if scheme != "sqlite" and not settings.secret_keys:
        raise refuse(
            "secret_keys",
            "required with PostgreSQL, so that all processes share them and a copy of the "
            "database does not hold them. Make one with `unitwire keys new`.",
        )


def check_url(name: str, value: str) -> None:
    """Accept https, and http only on this machine's loopback."""
    if not value:
        raise refuse(name, f"it is empty: write a URL, or unset it for {getattr(Settings, name)}.")
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise refuse(name, "this is not a URL.") from None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query:
        raise refuse(name, "write a URL such as https://unitwire.example.com.")
    if parts.scheme == "http" and not is_loopback(host):
        raise refuse(name, "use https://; http:// is only for this machine (127.0.0.1).")


def is_loopback(host: str) -> bool:
    """Whether `host` is `localhost` or a loopback address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_range(text: str) -> None:
    """Refuse what is no address range, and ranges that open everything."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise refuse(
            "allow_targets", f"{text!r} is not an address range such as 10.0.0.0/8."
        ) from None
    if network.is_link_local:
        raise refuse("allow_targets", f"{text} is link-local, which stays shut. Leave it out.")
    if network.prefixlen == 0:
        raise refuse("allow_targets", f"{text} would allow every address. Name the ranges.")


def table() -> list[tuple[str, str, str]]:
    """Return (variable, default, help) of each setting, for the README's generated table."""
    rows = []
    for spec in dataclasses.fields(Settings):
        default = spec.default
        if spec.name == "stora_scopes":
            text = "the least set for all events and most actions"
        elif isinstance(default, tuple):
            text = ",".join(default)
        elif isinstance(default, bool):
            text = str(default).lower()
        else:
            text = str(default)
        rows.append((variable_of(spec.name), text, spec.metadata["help"]))
    return rows
