"""The demo's own parts: the reference call, the receiver, the browser, the environment."""

import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.cli.demo.browser import Browser, Builder, Page, WrongTurn
from connector.cli.demo.house import environment_of, write_env_file
from connector.cli.demo.receiver import KEPT, Receiver
from connector.cli.demo.reference import PATH, body, curl
from connector.settings import Settings

PAGE = json.loads(
    (Path(__file__).parents[2] / "data" / "stora-create-webhook-endpoint.json").read_text()
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that answers."""
    opened = Receiver()
    opened.start()
    yield opened
    opened.stop()


def post(receiver: Receiver, path: str, data: Any, session: Any = requests) -> requests.Response:
    """POST `data` to a path of the receiver."""
    found: requests.Response = session.post(receiver.url + path, data=data, timeout=10)
    return found


def test_the_reference_body_is_the_pages_own() -> None:
    """Only the `url` of the body that the demo sends differs from the page's."""
    page = PAGE["request"]
    assert body("https://there.example/") == page | {"url": "https://there.example/"}
    words = shlex.split(curl("http://127.0.0.1:1", "secret").replace("\\\n", " "))
    assert words[:5] == ["curl", "--request", "POST", "--url", f"http://127.0.0.1:1{PATH}"]
    assert words[5:9] == [
        "--header",
        "Authorization: Bearer secret",
        "--header",
        "Content-Type: application/json",
    ]
    assert json.loads(words[10]) == page


def test_the_receiver_tells_what_came(receiver: Receiver) -> None:
    """Path, headers and body of each POST are told, the oldest first."""
    post(receiver, "/a?b=c", "£".encode())
    post(receiver, "/d", b"\xff")
    told = requests.get(f"{receiver.url}/received", timeout=10).json()
    assert [(each["path"], each["body"]) for each in told] == [("/a?b=c", "£"), ("/d", "�")]
    assert told[0]["headers"]["content-length"] == "2"


def test_the_receiver_forgets_the_oldest(receiver: Receiver) -> None:
    """It keeps the last KEPT and no more."""
    with requests.Session() as session:
        for number in range(KEPT + 1):
            post(receiver, f"/{number}", b"", session)
            if number == KEPT - 1:
                assert receiver.received()[0].path == "/0"
    assert len(receiver.received()) == KEPT
    assert receiver.received()[0].path == "/1"


def test_the_receiver_answers_as_it_was_told(receiver: Receiver) -> None:
    """One path's answer is set; the others stay as they were."""
    assert post(receiver, "/_answer", json.dumps({"path": "/x", "status": 503})).ok
    assert post(receiver, "/x", b"").status_code == 503
    assert post(receiver, "/y", b"").status_code == 200
    assert not [each for each in receiver.received() if each.path == "/_answer"]


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"[]",
        b'{"status": 200}',
        b'{"path": "/x", "status": 99}',
        b'{"path": "/x", "status": "many"}',
        b'{"path": "/x", "delay": 121}',
        b'{"path": "/x", "delay": NaN}',
    ],
)
def test_a_wrong_answer_is_refused(receiver: Receiver, wrong: bytes) -> None:
    """What cannot be answered is refused, and nothing is set."""
    assert post(receiver, "/_answer", wrong).status_code == 400
    assert post(receiver, "/x", b"").status_code == 200


def test_a_body_without_a_length_is_refused(receiver: Receiver) -> None:
    """The receiver reads declared bodies only."""
    assert post(receiver, "/x", iter([b"a"])).status_code == 411


def test_a_page_that_refuses_ends_the_browsers_way(receiver: Receiver) -> None:
    """An error page is a wrong turn, not a page."""
    browser = Browser()
    receiver.answer("/form", 403, 0)
    with pytest.raises(WrongTurn, match="403"):
        browser.press(Page(receiver.url, "", "/form", {}))
    browser.close()


@pytest.mark.parametrize(
    "came_back",
    [
        "https://builder.example/other?code=c&state=s&iss=https://unitwire.example",
        "https://builder.example/cb?code=c&state=other&iss=https://unitwire.example",
        "https://builder.example/cb?code=c&state=s&iss=https://evil.example",
        "https://builder.example/cb?error=access_denied&state=s&iss=https://unitwire.example",
    ],
)
def test_the_builder_takes_only_its_own_answer(came_back: str) -> None:
    """Another address, another state, another issuer (RFC 9207) or an error is a wrong turn."""
    builder = Builder("https://unitwire.example", "app_1", "s", "https://builder.example/cb")
    with pytest.raises(WrongTurn):
        builder.finish(Page(came_back, "", "", {}), "s", "v" * 43)


def test_the_demo_says_its_address_also_where_it_is_the_default() -> None:
    """So that no command with its settings takes the address for one that nobody set."""
    assert environment_of(Settings())["UNITWIRE_PUBLIC_URL"] == Settings.public_url


def test_processes_of_the_demo_have_its_settings_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was set before, a process of the demo reads the demo's settings."""
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/a b.db",
        public_url="http://127.0.0.1:1",
        allow_targets=("127.0.0.0/8", "::1/128"),
        rate_limits=False,
    )
    monkeypatch.setenv("UNITWIRE_STORA_SCOPES", "public.contact:read")
    environment = environment_of(settings)
    assert environment["PATH"] == os.environ["PATH"]
    write_env_file(tmp_path / "env", environment)
    assert (tmp_path / "env").stat().st_mode & 0o777 == 0o600
    for name in [name for name in os.environ if name.startswith("UNITWIRE_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        if name.startswith("UNITWIRE_"):
            monkeypatch.setenv(name, value)
    assert Settings.from_environment() == settings
    assert f"export UNITWIRE_DATABASE_URL='sqlite:///{tmp_path}/a b.db'" in (
        (tmp_path / "env").read_text()
    )
