"""What reads a stranger's bytes: each target takes any bytes and fails where a law is broken.

A parser either understands, and then no other reader may understand something else, or refuses
with the error that its callers expect. Nothing else may leave it.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final

import certifi
import pycurl
from marshmallow import Schema

from connector.catalogue.fields import METADATA_KEY, METADATA_KEYS, Metadata
from connector.catalogue.filters import Clause, fault_of, unmet
from connector.catalogue.schemas import RESOURCES
from connector.dialect.body import load, parse_json
from connector.errors import InvalidContent, InvalidRequest
from connector.flows.post import Post, header_lines
from connector.flows.target import Allow, Target, parse
from connector.stora.signature import sign, verify

Address = IPv4Address | IPv6Address

SECRET: Final = "5e" * 32
BODY: Final = b'{"event":{}}'
NOW: Final = 1_736_937_000
LOOPBACK: Final = Allow.of(["127.0.0.0/8", "::1/128"])
WITNESS: Final = "198.51.100.77"  # what every name stands for; nothing is ever sent there


def signature(data: bytes) -> None:
    """A signature header never raises, and is ok only with a digest that the secret makes."""
    for header in (data, data.decode("latin-1")):
        verdict = verify(header, BODY, [SECRET], NOW)
        if verdict.ok:
            assert sign(SECRET, BODY, verdict.at).partition("v1=")[2].encode() in data
        else:
            assert verdict.reason in ("missing", "malformed", "age", "digest")


def json_body(data: bytes) -> None:
    """Strict JSON means to the plain reader exactly what it means to ours."""
    try:
        value = parse_json(data)
    except InvalidRequest:
        return
    assert value == json.loads(data)
    json.dumps(value, allow_nan=False)


def target_url(data: bytes) -> None:
    """What the guard reads is its own canonical form, and what libcurl dials."""
    for allow in (Allow(), LOOPBACK):
        try:
            to = parse(data.decode("utf-8", "surrogateescape"), allow)
        except InvalidContent as refused:
            check_pointers(refused, "/url")
            continue
        assert parse(to.url, allow) == to
        assert dialled(to) == (ip_address(to.literal or WITNESS), to.port)


def metadata(data: bytes) -> None:
    """Metadata is taken unchanged, within its limits, or refused with a pointer to each fault."""
    try:
        given = json.loads(data)
    except ValueError:
        return
    for name in ("metadata", "patch"):
        try:
            taken = load(_Form(), {name: given})[name]
        except InvalidContent as refused:
            check_pointers(refused, f"/{name}")
            continue
        assert taken == given
        assert len(taken) <= METADATA_KEYS
        assert all(METADATA_KEY.fullmatch(key) for key in taken)


def filters(data: bytes) -> None:
    """A clause that is kept can be asked of every event that strict JSON lets in.

    Three lines: path, comparison, values separated by commas; then an event's data.
    """
    path, op, values, event = lines(data, 4)
    clause = Clause(text(path), text(op), tuple(text(values).split(",")))
    resource = clause.path.partition(".")[0]
    if resource not in RESOURCES or fault_of(clause, [resource]):
        return
    try:
        given = parse_json(event)
    except InvalidRequest:
        return
    if isinstance(given, dict):
        assert unmet([clause], given) in (None, clause)


PARSERS: Final[Mapping[str, Callable[[bytes], None]]] = {
    target.__name__: target for target in (signature, json_body, target_url, metadata, filters)
}


def check_pointers(refused: InvalidContent, under: str) -> None:
    """Assert that every fault is told, at the field or below it."""
    assert refused.details
    assert all(fault["pointer"].startswith(under) for fault in refused.details)


def lines(data: bytes, count: int) -> list[bytes]:
    """Return the first `count - 1` lines and the rest, empty where there are fewer."""
    found = data.split(b"\n", count - 1)
    return found + [b""] * (count - len(found))


def text(data: bytes) -> str:
    """Return bytes as a text that JSON could hold."""
    return data.decode("utf-8", "replace")


def dialled(to: Target) -> tuple[Address, int]:
    """Return the address and port that libcurl asks a socket for, on the product's own handle."""
    post, asked = _post()
    post.load(to, [WITNESS], header_lines({}), b"", 1.0)
    asked.clear()
    with suppress(pycurl.error):  # it gets no socket
        post.curl.perform()
    ((address, port),) = asked
    return ip_address(address), port


@cache
def _post() -> tuple[Post, list[tuple[str, int]]]:
    asked: list[tuple[str, int]] = []

    def note(_purpose: int, address: Any) -> int:
        asked.append((str(address.addr[0]), int(address.addr[1])))
        return int(pycurl.SOCKET_BAD)

    post = Post(Allow(), certifi.where(), 1.0, lambda _: None)
    post.curl.setopt(pycurl.OPENSOCKETFUNCTION, note)
    return post, asked


class _Form(Schema):
    metadata = Metadata("New.", {"source": "zapier"})
    patch = Metadata("Changed.", {"source": "zapier"}, patch=True)
