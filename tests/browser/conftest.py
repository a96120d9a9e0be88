"""Chromium at the pages: a real browser, driven by Playwright, against a real server.

Debian's Chromium is used (`apt-get install chromium`). Without one these tests are skipped; in
continuous integration (CI is set) they fail instead. With `UNITWIRE_SCREENSHOTS=1` each picture
that a test takes goes to docs/screenshots/.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from werkzeug.serving import make_server

from connector.factory import app_of
from connector.flows import first_run
from connector.flows.parts import Parts, open_parts
from connector.flows.reach import Finding
from connector.flows.sessions import open_session
from connector.sandbox import create_sandbox
from connector.settings import Settings
from connector.store.secrets import new_key

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
WELL = (
    Finding("address", "ok", "https://unitwire.example.com answers, and it is this Unitwire."),
    Finding("certificate", "ok", "The certificate is valid, for 63 more days."),
    Finding("clock", "ok", "The clock agrees with Stora's, to the second."),
)
"""What is found of the way from Stora where tests stay on this machine."""
PATIENCE_MS = 30_000
"""How long a page may take to show what is expected of it; as long as Playwright waits itself."""
SIZES = {"wide": (1280, 900), "narrow": (390, 844), "dark": (1280, 900)}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A running Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        told = "Chromium is not installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(told)
        pytest.skip(told)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@dataclass
class Window:
    """One browser window and all that went wrong in it."""

    page: Any
    origin: str
    faults: list[str] = field(default_factory=list)
    weight: int = 0

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", self._dialog)
        self.page.on("response", self._weigh)
        self.dialogs: list[str] = []

    def open(self, path: str) -> Any:
        """Go to a page; return it."""
        self.weight = 0
        answer = self.page.goto(f"{self.origin}{path}")
        assert answer.status == 200, (path, answer.status)
        return self.page

    def violations(self) -> list[str]:
        """Return what axe-core finds on the page (WCAG 2.2 A and AA, and best practices)."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run().then(result => result.violations)")
        return [
            f"{each['id']}: {node['html'][:150]} {node.get('failureSummary', '')[:200]}"
            for each in found
            for node in each["nodes"]
        ]

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page, if pictures are wanted."""
        if os.environ.get("UNITWIRE_SCREENSHOTS"):
            PICTURES.mkdir(parents=True, exist_ok=True)
            self.page.evaluate("scrollTo(0, 0)")
            self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def _console(self, message: Any) -> None:
        mine = str(message.location.get("url", "")).startswith(self.origin)
        if message.type in ("error", "warning") and mine:
            self.faults.append(message.text)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.accept()

    def _weigh(self, response: Any) -> None:
        if response.request.resource_type in ("document", "stylesheet", "script", "image"):
            self.weight += len(response.body()) if response.ok else 0


Opener = Callable[..., Window]


@pytest.fixture
def open_window(chromium: Any) -> Iterator[Callable[[str, str, str], Window]]:
    """Return a function that opens a window of a size at an origin, with a session's cookie."""
    contexts = []

    def open_one(origin: str, cookie: str = "", mode: str = "wide") -> Window:
        wide, tall = SIZES[mode]
        context = chromium.new_context(
            viewport={"width": wide, "height": tall},
            color_scheme="dark" if mode == "dark" else "light",
            timezone_id="Europe/London",
            locale="en-GB",
            # so that the test may put axe-core into the page; the policy itself is tested as text
            bypass_csp=False,
        )
        context.set_default_timeout(20_000)
        if cookie:
            context.add_cookies([{"name": "unitwire", "value": cookie, "url": origin}])
        contexts.append(context)
        return Window(context.new_page(), origin)

    yield open_one
    for context in contexts:
        context.close()


@dataclass
class Shown:
    """A served installation."""

    parts: Parts
    origin: str

    def cookie(self, connection_id: str) -> str:
        """Sign in; return the cookie."""
        return open_session(self.parts, connection_id)


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way from Stora is not tested, but said to be well."""
    monkeypatch.setattr(first_run, "probe", lambda *_: WELL)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """An installation on SQLite, served on loopback."""
    folder = tmp_path_factory.mktemp("pages")
    parts = open_parts(
        Settings(
            database_url=f"sqlite:///{folder / 'unitwire.db'}",
            secret_keys=(new_key(),),
            rate_limits=False,
            retention_days=60,
        )
    )
    server = make_server("127.0.0.1", 0, app_of(parts), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield Shown(parts, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    parts.close()


@pytest.fixture
def backoffice() -> Iterator[str]:
    """The address of a sandbox's BackOffice."""
    sandbox = create_sandbox(limits=False)
    server = make_server("127.0.0.1", 0, sandbox, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    sandbox.state.close()
