"""What a person is told who brings a builder and Unitwire together: pure data for pages and papers.

Each platform's `guide.py` is a function of one installation (`Here`), so that every value comes out
as it is to be copied. In texts, *this* stands on the builder's screen and `this` is typed.
"""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from connector.catalogue import API_VERSION
from connector.platforms.access import AUTHORIZE, TOKEN
from connector.platforms.recipes import RECIPE
from connector.platforms.told import StepLabel, Told, TriggerLabel, tell

EXAMPLE: Final = "https://unitwire.example.com"
"""Stands for an installation's address in packages, until somebody's own is filled in."""


@dataclass(frozen=True, slots=True)
class Here:
    """One installation, and the person's builder where that has an address of its own.

    `client` is the id under which the builder is registered, "" if it is not yet; `scopes` are what
    it may ask for; `at` is where the builder runs, such as `https://n8n.example.com`, or "".
    """

    origin: str = EXAMPLE
    client: str = ""
    scopes: tuple[str, ...] = ()
    at: str = ""

    @property
    def host(self) -> str:
        """The address without `https://`."""
        return self.origin.partition("://")[2]

    @property
    def api(self) -> str:
        """The address below which the API's resources are."""
        return f"{self.origin}/{API_VERSION}"

    @property
    def authorize(self) -> str:
        """Where a browser is sent to agree (RFC 6749 section 3.1)."""
        return self.origin + AUTHORIZE

    @property
    def token(self) -> str:
        """Where tokens are given out and renewed (RFC 6749 section 3.2)."""
        return self.origin + TOKEN


@dataclass(frozen=True, slots=True)
class Value:
    """Something to copy: what the builder calls it, and the text."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the builder's, or a door into it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Guide:
    """How one builder is set up and used; all texts fit the `Here` it was made for.

    `workflow` is the builder's own word for one, `spoken` what the builder is called in the middle
    of a sentence, and `hears` whether an event can start something there. `once` is done by one
    person for everybody, `steps` by each. `way_in` says whether a builder comes by an app that is
    registered here (OAuth) or with a personal token. `redirect_uri` is where it takes the browser
    back; where only the builder can say that, `redirect_shown` tells where it does. `pkce` is
    whether it can do that. `example` is how the address of one's own looks, "" where there is only
    one for all; `at` is the address it has, "" while that is not known. `package` is the name under
    which a registry has its package, `files` are those of it that are imported as they are, and
    `importing` says how a recipe's file is brought in.
    """

    name: str
    workflow: str
    way_in: Literal["app", "token"]
    opens: Link
    values: tuple[Value, ...]
    once: tuple[str, ...]
    steps: tuple[str, ...]
    recipes: tuple[Told, ...]
    spoken: str = ""
    hears: bool = True
    redirect_uri: str = ""
    redirect_shown: str = ""
    pkce: bool = True
    at: str = ""
    example: str = ""
    package: str = ""
    files: tuple[str, ...] = ()
    importing: str = ""
    more: tuple[Link, ...] = ()

    @property
    def placed(self) -> bool:
        """Whether it is known where the builder runs; until then no link leads to it."""
        return bool(self.at) or not self.example

    @property
    def called(self) -> str:
        """What it is called in the middle of a sentence."""
        return self.spoken or self.name


def at_home(content: bytes, here: Here) -> bytes:
    """Return a file of a package with an installation's own address in place of the example's."""
    example = Here()
    own = content.replace(example.origin.encode(), here.origin.encode())
    return own.replace(example.host.encode(), here.host.encode())


Tell = Callable[[Here], Guide]


def three(
    keys: tuple[str, str, str],
    trigger_label: TriggerLabel,
    step_label: StepLabel,
    folder: str = "",
) -> tuple[Told, ...]:
    """Return three recipes in a platform's labels; `folder` of its package has their files."""
    return tuple(
        tell(RECIPE[key], trigger_label, step_label, f"{folder}/{key}.json" if folder else "")
        for key in keys
    )


def client_id(here: Here, label: str = "Client ID") -> tuple[Value, ...]:
    """Return the client id to copy; nothing while the builder is not registered."""
    return (Value(label, here.client),) if here.client else ()


def registering(slug: str, guide: Guide) -> str:
    """Return the command that registers the builder, for whoever runs Unitwire."""
    command = ["unitwire", "clients", "add", "--platform", slug]
    if not guide.pkce:
        command.append("--no-pkce")
    return shlex.join([*command, "--redirect-uri", guide.redirect_uri or "REDIRECT_URL"])
