"""What becomes of errors: Zapier does the right thing by itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from platforms.zapier.engine import Failed, Zapier
from receiver import receiver

FIND = "searches.find_contact.operation.perform"


@contextmanager
def answering(status: int, body: str, **headers: str) -> Iterator[str]:
    """Give the address of a server that answers everything so: one under load, or a proxy."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    with receiver() as found:
        found.answer = answer
        yield found.url


def failure(zapier: Zapier, status: int, body: str, **headers: str) -> Failed:
    """Return what a search throws when it is answered so."""
    with answering(status, body, **headers) as url, pytest.raises(Failed) as caught:
        zapier.run(FIND, authData=zapier.auth | {"address": url}, inputData={"full_name": "A"})
    return caught.value


def problem(message: str) -> str:
    """Return Unitwire's error object."""
    return json.dumps({"error": {"code": "a_code", "message": message, "details": []}})


@pytest.mark.parametrize("status", [429, 503])
def test_zapier_waits_as_long_as_unitwire_says(zapier: Zapier, status: int) -> None:
    """`Retry-After` reaches Zapier, which repeats the step then, and the person reads why."""
    thrown = failure(zapier, status, problem("Stora is busy."), Retry_After="7")
    assert thrown.name == "ThrottledError"
    assert "Stora is busy." in str(thrown)
    assert "7" in str(thrown)


def test_401_refreshes(zapier: Zapier) -> None:
    """Zapier refreshes the token and repeats."""
    assert failure(zapier, 401, problem("Expired.")).name == "RefreshAuthError"


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 413, 422, 500, 504])
def test_other_errors_show_unitwires_sentence(zapier: Zapier, status: int) -> None:
    """The message says what happened and what to do next."""
    assert "Look in Stora first." in str(failure(zapier, status, problem("Look in Stora first.")))


@pytest.mark.parametrize(
    ("status", "body"), [(502, "<html>Bad gateway</html>"), (500, ""), (503, "{}")]
)
def test_what_a_proxy_says_is_told_as_its_status(zapier: Zapier, status: int, body: str) -> None:
    """A page of a proxy's is not shown to the person."""
    assert f"Unitwire answered {status}." in str(failure(zapier, status, body))


def test_no_redirect_takes_the_token_along(zapier: Zapier) -> None:
    """A redirect is an error; the token does not go elsewhere."""
    with receiver() as elsewhere:
        thrown = failure(zapier, 302, "", Location=f"{elsewhere.url}/stolen")
        assert "Unitwire answered 302." in str(thrown)
        assert elsewhere.arrivals == []
