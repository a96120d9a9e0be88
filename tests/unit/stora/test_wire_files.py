"""A file of Stora's, such as a PDF: asked for by its kind, and bounded like any answer."""

import socket

import pytest
from raw import Behave, answer, read_head
from unit.stora.exchanges import Serve

from connector.errors import StoraUnavailable
from connector.stora.wire import MAX_ANSWER, Wire

PDF = "application/pdf"


def file_of(size: int, kind: bytes = b"application/pdf", status: bytes = b"200 OK") -> Behave:
    """Return a behaviour: answers a file of so many bytes."""

    def behave(connection: socket.socket) -> None:
        read_head(connection)
        head = b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (status, kind, size) + b"%" * size)

    return behave


def test_a_file_is_returned_as_it_is(raw_server: Serve, wire: Wire) -> None:
    """The bytes, where a file was asked for; parameters of the content type do not matter."""
    url = raw_server(file_of(5, b"Application/PDF; version=1.7"))
    found = wire.exchange("GET", url, deadline_s=5, accept=PDF)
    assert (found.content, found.body) == (b"%" * 5, {})


def test_a_file_is_asked_for(raw_server: Serve, wire: Wire) -> None:
    """The header says which kind, and nothing else is taken."""
    heads = []

    def behave(connection: socket.socket) -> None:
        heads.append(read_head(connection))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nContent-Type: application/pdf\r\n\r\n")

    wire.exchange("GET", raw_server(behave), deadline_s=5, accept=PDF)
    assert b"accept: application/pdf" in heads[0].lower()


def test_the_largest_file_is_taken_and_one_byte_more_is_not(raw_server: Serve, wire: Wire) -> None:
    """8 MiB."""
    taken = wire.exchange("GET", raw_server(file_of(MAX_ANSWER)), deadline_s=20, accept=PDF)
    assert len(taken.content) == MAX_ANSWER
    with pytest.raises(StoraUnavailable) as caught:
        wire.exchange("GET", raw_server(file_of(MAX_ANSWER + 1)), deadline_s=20, accept=PDF)
    assert caught.value.lost


@pytest.mark.parametrize("kind", [b"text/html", b"application/json"])
def test_another_kind_than_asked_for_is_lost(raw_server: Serve, wire: Wire, kind: bytes) -> None:
    """A page is no invoice."""
    with pytest.raises(StoraUnavailable):
        wire.exchange("GET", raw_server(file_of(2, kind)), deadline_s=5, accept=PDF)


def test_the_error_of_a_file_is_json(raw_server: Serve, wire: Wire) -> None:
    """A refusal is read as always."""
    refused = b'{"error":{"code":"conflict"}}'
    url = raw_server(answer(refused, "409 Conflict"))
    found = wire.exchange("GET", url, deadline_s=5, accept=PDF)
    assert (found.status, found.body["error"]["code"]) == (409, "conflict")
