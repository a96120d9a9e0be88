"""Signatures: Stora's vectors hold, and nothing a stranger sends passes or raises."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.stora.signature import (
    MAX_HEADER,
    TOLERANCE_S,
    Verdict,
    sign,
    standard_webhooks,
    verify,
)

SECRET = "01a9d2bc4f2301b5313a961ba198b0b900ea49478f9ba86fc8b409a5703a8131"
OTHER = "ff" * 32
AT = 1736937000
BODY = (
    '{"event":{"id":"evt_1234567890","type":"contact.created","api_version":"2025-09",'
    '"created_at":"2025-01-15T10:30:00Z","data":{"contact":{"id":"con_0ac0514ed0711462",'
    '"full_name":"Zoë Doe","email":"zoe@example.com"}}}}'
).encode()
V1 = "2029d1d32451f02aa21912704ee203a2aac1b6d346d96ce611e78a2b84556f13"
HEADER = f"t={AT},v1={V1}"
HEX_DECODED_KEY = "c70b414392273042ffd3ea74b96b47cd4a7cc57d2c401f3f3286919772ab74d5"

VECTORS = [
    (SECRET, AT, BODY, V1),
    (
        "test-secret",
        1700000000,
        b'{"event":{"id":"evt_1","type":"unit.occupied"}}',
        "b4340603d9368df44346216b7f7ea3261af4827de6b13a6dcde1d5553e155a03",
    ),
]


def judge(header: str | bytes | None, **changes: object) -> Verdict:
    """Verify `header` for the first vector, with changes."""
    given = {"body": BODY, "secrets": [SECRET], "now": AT, **changes}
    return verify(header, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("secret", "at", "body", "v1"), VECTORS)
def test_vectors(secret: str, at: int, body: bytes, v1: str) -> None:
    """The worked examples of Stora's facts are made and accepted exactly."""
    assert sign(secret, body, at) == f"t={at},v1={v1}"
    assert verify(f"t={at},v1={v1}", body, [secret], at) == Verdict(True, "", at)


def test_the_secret_is_text() -> None:
    """The key is the hexadecimal text itself: a signature with the decoded key is refused."""
    assert judge(f"t={AT},v1={HEX_DECODED_KEY}").reason == "digest"


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        HEADER.encode(),
        f"{HEADER},{HEADER}",
        f"{HEADER}, {HEADER}",
        f" v1={V1} ,  t={AT} ",
        f"v0=old,t={AT},v1={V1},v2=new,empty=,alone",
        f"t={AT},v1={'0' * 64},v1={V1}",
        f"t={AT},v1=,v1=é,v1={V1}",
        f",,t={AT},,v1={V1},",
    ],
)
def test_read_leniently(header: str | bytes) -> None:
    """Order, spaces, unknown parts, several digests and a doubled header do not matter."""
    assert judge(header) == Verdict(True, "", AT)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        (b"  ", "missing"),
        ("nonsense", "malformed"),
        (f"v1={V1}", "malformed"),
        (f"t={AT}", "malformed"),
        (f"t=,v1={V1}", "malformed"),
        (f"t={AT + 1},{HEADER}", "malformed"),
        (f"t=-{AT},v1={V1}", "malformed"),
        (f"t=+{AT},v1={V1}", "malformed"),
        (f"t={AT}.0,v1={V1}", "malformed"),
        (f"t=1_736_937_000,v1={V1}", "malformed"),
        (f"t= {AT},v1={V1}", "malformed"),
        (f"t=١٧٣٦٩٣٧٠٠٠,v1={V1}", "malformed"),
        (f"t={'9' * 13},v1={V1}", "malformed"),
        (f"t={'9' * 4000},v1=a", "malformed"),
        (f"t={'9' * 5000},v1={V1}", "malformed"),
        (f"t={AT}\0,v1={V1}", "malformed"),
        (f"T={AT},V1={V1}", "malformed"),
        (f"t={AT},v1=", "digest"),
        (f"t={AT},v1={V1[:-1]}", "digest"),
        (f"t={AT},v1={V1}0", "digest"),
        (f"t={AT},v1={V1.upper()}", "digest"),
        (f"t={AT},v1=\ud800\0é", "digest"),
        (b"t=1736937000,v1=\xff\xfe", "digest"),
        (f"t=0{AT},v1={V1}", "digest"),
    ],
)
def test_refused(header: str | bytes | None, reason: str) -> None:
    """What is no signature is named as what it is, and none of it raises."""
    verdict = judge(header)
    assert (verdict.ok, verdict.reason) == (False, reason)


@pytest.mark.parametrize("body", [b"", BODY[:-1], BODY + b"\n", BODY.replace(b"Doe", b"Dae")])
def test_the_body_counts_to_the_byte(body: bytes) -> None:
    """A body that differs in anything is refused."""
    assert judge(HEADER, body=body).reason == "digest"


def test_several_secrets() -> None:
    """While a secret is replaced either one verifies; none, or an empty one, never does."""
    assert judge(HEADER, secrets=[OTHER, SECRET]).ok
    assert judge(HEADER, secrets=[OTHER]).reason == "digest"
    assert judge(HEADER, secrets=[]).reason == "digest"
    assert judge(sign("", BODY, AT), secrets=[""]).reason == "digest"


@pytest.mark.parametrize("side", [-1, 1])
def test_age_at_the_limit(side: int) -> None:
    """300 seconds off is in time, 301 is not, in both directions; the window can be set."""
    assert judge(HEADER, now=AT + side * TOLERANCE_S).ok
    assert judge(HEADER, now=AT + side * (TOLERANCE_S + 1)) == Verdict(False, "age", AT)
    assert judge(HEADER, now=AT + side * 11, tolerance=10).reason == "age"


def test_age_means_genuine() -> None:
    """A forged signature that is old as well is called forged, not old."""
    forged = judge(f"t={AT},v1={'0' * 64}", now=AT + 9999)
    assert forged == Verdict(False, "digest", AT)


def test_a_key_ends_at_its_first_sign() -> None:
    """What comes after the first `=` is the value, more such signs included."""
    assert judge(f"{HEADER},t={AT}=9").reason == "malformed"
    assert judge(f"{HEADER},v1={V1}=").ok


def test_header_length_at_the_limit() -> None:
    """4,096 bytes of header are read, one more is not."""
    full = f"{HEADER},x={'x' * (MAX_HEADER - len(HEADER) - 3)}"
    assert len(full) == MAX_HEADER
    assert judge(full).ok
    assert judge(full + "x").reason == "malformed"


@given(
    header=st.none() | st.text() | st.binary() | st.text("tv1=,0123456789af \0é٣").map("t=1,".join),
    body=st.binary(max_size=50),
    secrets=st.lists(st.text(max_size=5), max_size=3),
    now=st.integers(),
)
def test_nothing_unsigned_passes(
    header: str | bytes | None, body: bytes, secrets: list[str], now: int
) -> None:
    """No text, bytes, secrets or time raise, and none pass."""
    verdict = verify(header, body, [s for s in secrets if s.isprintable()], now)
    assert not verdict.ok
    assert verdict.reason in {"missing", "malformed", "age", "digest"}


@given(
    secret=st.text("0123456789abcdef", min_size=1, max_size=64),
    body=st.binary(),
    at=st.integers(0, 999_999_999_999),
    off=st.integers(-600, 600),
)
def test_agrees_with_the_definition(secret: str, body: bytes, at: int, off: int) -> None:
    """What is signed is HMAC-SHA256 of `t.body`, and it verifies exactly inside the window."""
    expected = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    header = sign(secret, body, at)
    assert header == f"t={at},v1={expected}"
    assert verify(header, body, [secret], at + off).ok == (abs(off) <= 300)


def test_sign_with_several() -> None:
    """While a secret is replaced a delivery carries a digest for each."""
    header = sign([OTHER, SECRET], BODY, AT)
    assert header.count("v1=") == 2
    assert judge(header).ok
    assert judge(header, secrets=[OTHER]).ok


def test_standard_webhooks() -> None:
    """The signature is base64 of HMAC-SHA256 over `id.time.body`, keyed with the secret's bytes."""
    mac = hmac.new(bytes.fromhex(SECRET), b"evt_1.1736937000." + BODY, hashlib.sha256).digest()
    assert standard_webhooks(SECRET, "evt_1", AT, BODY) == {
        "webhook-id": "evt_1",
        "webhook-timestamp": "1736937000",
        "webhook-signature": f"v1,{base64.b64encode(mac).decode()}",
    }


def test_standard_webhooks_with_several() -> None:
    """Several secrets give several signatures, separated by spaces."""
    both = standard_webhooks([SECRET, OTHER], "evt_1", AT, BODY)["webhook-signature"]
    assert both.split(" ") == [
        standard_webhooks(secret, "evt_1", AT, BODY)["webhook-signature"]
        for secret in (SECRET, OTHER)
    ]


def test_standard_webhooks_vector() -> None:
    """The published example of Standard Webhooks holds."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").hex()
    made = standard_webhooks(
        key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_standard_webhooks_refuses_a_full_stop() -> None:
    """An id with a full stop could be read as another id and time, so it is never signed."""
    with pytest.raises(ValueError, match=r"^a message id must not hold a full stop$"):
        standard_webhooks(SECRET, "evt.1", AT, BODY)
