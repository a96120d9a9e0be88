"""A browser and a workflow builder, as far as OAuth needs them: cookies, redirects, forms.

Everything goes through the pages that people see; no step is left out.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from connector import world
from connector.errors import GiveUp

TIMEOUT_S = 20.0


class WrongTurn(GiveUp):
    """A page was not the one that should have come."""


@dataclass(frozen=True)
class Page:
    """What the browser shows: its address, its title, and the form on it."""

    url: str
    title: str
    action: str
    hidden: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = self.action = ""
        self.hidden: dict[str, str] = {}
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_heading = tag == "h1"
        if tag == "form" and not self.action:
            self.action = given.get("action", "")
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._in_heading = False

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self.title += data


class Browser:
    """Keeps cookies and follows redirects, like anybody's."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False

    def open(self, url: str) -> Page:
        """Go to `url`."""
        return self._shown(self._session.get(url, timeout=TIMEOUT_S))

    def press(self, page: Page, **fields: str) -> Page:
        """Send the form on `page` with `fields` filled in."""
        url = urljoin(page.url, page.action)
        return self._shown(self._session.post(url, {**page.hidden, **fields}, timeout=TIMEOUT_S))

    def close(self) -> None:
        """Close all connections and forget all cookies."""
        self._session.close()

    def _shown(self, answer: requests.Response) -> Page:
        reader = _Reader()
        reader.feed(answer.text)
        if not answer.ok:
            raise WrongTurn(f"{answer.url} answered {answer.status_code}: {reader.title}")
        return Page(answer.url, reader.title, reader.action, reader.hidden)


@dataclass(frozen=True)
class Tokens:
    """What a builder holds after an operator said yes; `expires_in` in seconds."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True)
class Builder:
    """A workflow builder: an OAuth client of Unitwire at `origin`."""

    origin: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str

    def begin(self, state: str, verifier: str) -> str:
        """Return the address to which the builder sends the browser (RFC 6749, RFC 7636)."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": state,
            "code_challenge": create_s256_code_challenge(verifier),  # type: ignore[no-untyped-call]
            "code_challenge_method": "S256",
        }
        return f"{self.origin}/oauth2/authorize?{urlencode(asked)}"

    def finish(self, page: Page, state: str, verifier: str) -> Tokens:
        """Return the tokens for the code with which the browser came back; raises WrongTurn."""
        came = {name: value[0] for name, value in parse_qs(urlsplit(page.url).query).items()}
        if not page.url.startswith(self.redirect_uri) or came.get("state") != state:
            raise WrongTurn(f"The browser did not come back to the builder but to {page.url}")
        if came.get("iss") != self.origin or "code" not in came:
            raise WrongTurn(f"The answer was not Unitwire's yes: {came.get('error', came)}")
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                f"{self.origin}/oauth2/token",
                {
                    "grant_type": "authorization_code",
                    "code": came["code"],
                    "redirect_uri": self.redirect_uri,
                    "code_verifier": verifier,
                },
                auth=(self.client_id, self.client_secret),
                timeout=TIMEOUT_S,
            )
        if not answer.ok:
            raise WrongTurn(f"No token: {answer.text}")
        given = answer.json()
        return Tokens(given["access_token"], given["refresh_token"], given["expires_in"])


@dataclass(frozen=True)
class Consents:
    """What the operator was asked, by Stora and by Unitwire, and what the builder got for it."""

    stora_asked: str
    unitwire_asked: str
    tokens: Tokens


def authorise(builder: Builder, operator: str) -> Consents:
    """Let `operator` (the sandbox's id) allow `builder` everything, page by page."""
    browser = Browser()
    state, verifier = world.new_token(), world.new_token()
    try:
        stora = browser.open(builder.begin(state, verifier))
        unitwire = browser.press(stora, operator=operator, decision="allow")
        back = browser.press(unitwire, decision="allow")
    finally:
        browser.close()
    return Consents(stora.title, unitwire.title, builder.finish(back, state, verifier))
