"""Calls to Stora: where they go, what they carry, and which error each refusal becomes."""

import json
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from raw import Behave, answer, read_head

from connector import errors
from connector.errors import NotFound, StoraUnavailable, UnitwireError
from connector.settings import Settings
from connector.stora.client import StoraClient, segment
from connector.stora.refusals import BY_CODE, LONGEST_WAIT_S, MAX_TEXT, refusal_of, retry_after_of
from connector.stora.wire import Answer

CODES = {
    "invalid_request": (400, errors.StoraRefused),
    "api_error": (400, errors.StoraUnavailable),
    "invalid_token": (401, errors.NeedsReauth),
    "forbidden": (403, errors.Forbidden),
    "resource_not_found": (404, errors.NotFound),
    "invalid_endpoint": (404, errors.InvalidEndpoint),
    "invalid_format": (406, errors.StoraRefused),
    "conflict": (409, errors.Conflict),
    "invalid_url_param": (422, errors.StoraRefused),
    "invalid_content": (422, errors.StoraRefused),
    "too_many_requests": (429, errors.TooManyRequests),
    "internal_server_error": (500, errors.StoraUnavailable),
}


def told(status: int, headers: dict[str, str] | None = None, **error: Any) -> Answer:
    """Return an answer with Stora's error object."""
    return Answer(status, {"error": error} if error else {}, headers or {})


@pytest.fixture
def client_of(raw_server: Callable[[Behave], str]) -> Iterator[Callable[[Behave], StoraClient]]:
    """Return a function that returns a client of a server with a behaviour."""
    made: list[StoraClient] = []

    def make(behave: Behave) -> StoraClient:
        made.append(StoraClient(Settings(stora_api_url=raw_server(behave) + "/")))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_a_call_carries_token_key_and_body_below_the_version(
    client_of: Callable[[Behave], StoraClient],
) -> None:
    """A call goes to the version's path, with bearer token, Idempotency-Key, query and JSON."""
    heads: list[str] = []

    def once(connection: socket.socket) -> None:
        heads.append(read_head(connection).decode())
        connection.sendall(
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json; charset=utf-8\r\n"
            b"Content-Length: 10\r\nConnection: close\r\n\r\n" + b'{"a": "b"}'
        )

    stora = client_of(once)
    found = stora.call(
        "tok",
        "POST",
        f"/webhook_endpoints/{segment('a/../b?c')}/enable",
        json={"x": 1},
        params={"metadata[external_id]": "ä"},
        idempotency_key="k-1",
    )
    assert (found.status, found.body) == (201, {"a": "b"})
    line, *lines = heads[0].split("\r\n")
    path = "/2025-09/webhook_endpoints/a%2F..%2Fb%3Fc/enable"
    assert line == f"POST {path}?metadata%5Bexternal_id%5D=%C3%A4 HTTP/1.1"
    assert "Authorization: Bearer tok" in lines
    assert "Idempotency-Key: k-1" in lines
    assert "Content-Type: application/json" in lines


def test_oauth_has_no_version() -> None:
    """The OAuth paths lie beside the versions, all else below one."""
    stora = StoraClient(Settings(stora_api_url="https://public-api.stora.co"))
    assert stora.url("/oauth2/token/info") == "https://public-api.stora.co/oauth2/token/info"
    assert stora.url("/sites") == "https://public-api.stora.co/2025-09/sites"


@pytest.mark.parametrize("id", ["", ".", ".."])
def test_an_id_that_would_change_the_path_is_unknown(id: str) -> None:
    """No id walks up the path: such a thing does not exist."""
    with pytest.raises(NotFound):
        segment(id)


@pytest.mark.parametrize(
    ("id", "quoted"), [("con_1", "con_1"), ("a/b", "a%2Fb"), ("?#%", "%3F%23%25"), ("...", "...")]
)
def test_an_id_is_one_segment_of_the_path(id: str, quoted: str) -> None:
    """Whatever a builder gives as an id stays inside its segment."""
    assert segment(id) == quoted


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_every_code_of_stora_becomes_its_error(code: str) -> None:
    """Each documented code has one error here, with Stora's message where it helps."""
    status, kind = CODES[code]
    error = refusal_of(told(status, code=code, message="Because."))
    assert type(error) is kind
    if kind not in (errors.NeedsReauth, errors.TooManyRequests):
        assert "Because." in error.message
    if isinstance(error, StoraUnavailable):
        assert not error.lost


def test_every_documented_code_is_in_the_table() -> None:
    """The table has all codes of Stora's page guides/errors, and no other."""
    assert BY_CODE.keys() == CODES.keys()


@pytest.mark.parametrize(
    ("status", "kind", "lost"),
    [
        (400, errors.StoraRefused, None),
        (401, errors.NeedsReauth, None),
        (403, errors.Forbidden, None),
        (404, errors.NotFound, None),
        (405, errors.MethodNotAllowed, None),
        (409, errors.Conflict, None),
        (418, errors.StoraRefused, None),
        (429, errors.TooManyRequests, None),
        (499, errors.StoraRefused, None),
        (500, errors.StoraUnavailable, True),
        (502, errors.StoraUnavailable, True),
        (199, errors.StoraUnavailable, True),
    ],
)
def test_without_storas_error_the_status_decides(
    status: int, kind: type[UnitwireError], lost: bool | None
) -> None:
    """A 5xx without Stora's error object comes from in front of Stora: the effect is unknown."""
    error = refusal_of(told(status))
    assert type(error) is kind
    assert getattr(error, "lost", None) is lost


def test_an_unknown_code_is_judged_by_its_status() -> None:
    """A code that Stora adds later breaks nothing."""
    assert type(refusal_of(told(409, code="new", message="M"))) is errors.Conflict
    assert type(refusal_of(told(422, code="new", message="M"))) is errors.StoraRefused
    later = refusal_of(told(503, code="maintenance", message="M"))
    assert isinstance(later, StoraUnavailable)
    assert not later.lost


def test_details_keep_their_pointers() -> None:
    """The builder sees which field Stora refused, and nothing that is not text."""
    error = refusal_of(
        told(
            422,
            code="invalid_content",
            message="M",
            details=[{"pointer": "/email", "message": "bad"}, "x", {"pointer": 1}, None],
        )
    )
    assert error.details == [
        {"pointer": "/email", "message": "bad"},
        {"pointer": "", "message": ""},
    ]


@pytest.mark.parametrize("value", [None, 1, [], {}, {"message": 1}, "text"])
def test_a_strange_error_object_breaks_nothing(value: Any) -> None:
    """Whatever stands under `error`, there is an error to raise."""
    error = refusal_of(Answer(422, {"error": value}, {}))
    assert type(error) is errors.StoraRefused
    assert error.message


def test_a_message_is_cut_and_can_be_kept() -> None:
    """A message of Stora's fits a log line and a database: no NUL, no half characters."""
    error = refusal_of(told(409, code="conflict", message="\x00\ud800" + "x" * MAX_TEXT))
    assert len(error.message) <= MAX_TEXT
    assert "\x00" not in error.message
    error.message.encode()


NOW = 1_767_225_600  # 2026-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "Thu, 01 Jan 2026 00:01:40 GMT"}, 100),
        ({"RateLimit-Reset": str(NOW + 100)}, 100),
        ({"RateLimit-Reset": "30"}, 30),
        ({"RateLimit-Reset": str(NOW - 50)}, 0),
        ({"Retry-After": "7", "RateLimit-Reset": "30"}, 7),
        ({"Retry-After": "soon", "RateLimit-Reset": "30"}, 30),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "3600"}, 3600),
        ({"Retry-After": "3601"}, LONGEST_WAIT_S),
    ],
)
def test_how_long_to_wait_after_a_429(headers: dict[str, str], wait: float) -> None:
    """`Retry-After` first, then `RateLimit-Reset`, never more than an hour."""
    with time_machine.travel(NOW, tick=False):
        assert retry_after_of(headers) == wait


@pytest.mark.parametrize(
    "text", ["", "nan", "inf", "x", "Mon, 99 Foo 2025 00:00:00 GMT", "9" * 400]
)
def test_a_429_may_not_say_how_long(text: str) -> None:
    """A header that cannot be read is as good as none."""
    assert retry_after_of({"RateLimit-Reset": text}) is None


def test_a_refusal_over_the_wire(client_of: Callable[[Behave], StoraClient]) -> None:
    """The table is what a call raises from."""
    body = json.dumps({"error": {"code": "conflict", "message": "Has tenancies."}}).encode()
    with pytest.raises(errors.Conflict, match="Has tenancies"):
        client_of(answer(body, "409 Conflict")).call("t", "DELETE", "/contacts/con_1")
