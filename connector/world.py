"""What comes from outside: time and chance.

Every clock reading and every random value of Unitwire comes from here, so that a test or a
simulation can hold them.
Times are UTC: whole milliseconds since the epoch in the database and in code, ISO 8601 with
`Z` and whole seconds in the API, as Stora writes them.
"""

import random
import secrets
import threading
import time
from datetime import UTC, datetime
from functools import lru_cache

_order = threading.Lock()
_last = (0, 0)  # millisecond and bits of the newest ordered id

MAX_MS = 253_402_300_799_000  # 9999-12-31T23:59:59Z, the last moment ISO 8601 can write


def now_ms() -> int:
    """Return the wall clock in milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


def monotonic() -> float:
    """Return seconds on a clock that never jumps, for deadlines inside one process."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait; nothing else in Unitwire lets a thread sleep."""
    time.sleep(seconds)


@lru_cache(maxsize=8192)  # a page that is asked for again shows the same moments again
def iso(ms: int | None) -> str | None:
    """Write `ms` as Stora does (`2025-02-22T14:41:00Z`); None stays None."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms // 1000, UTC).isoformat().replace("+00:00", "Z")


def new_token() -> str:
    """Return 256 bits as 43 URL-safe characters: tokens, codes, states, client secrets."""
    return secrets.token_urlsafe(32)


def new_signing_secret() -> str:
    """Return 32 bytes as 64 hexadecimal characters, the form of a webhook endpoint's secret."""
    return secrets.token_hex(32)


def new_id(prefix: str) -> str:
    """Return `prefix` and 16 hexadecimal characters, the form of Stora's ids (`we_…`)."""
    return f"{prefix}_{secrets.token_hex(8)}"


def new_ordered_id(prefix: str) -> str:
    """Return an id whose text order is its order in time, for rows that grow without end.

    12 hexadecimal characters of milliseconds, then 48 bits that are random, or one more than the
    last within the same millisecond: so a process's ids are in order, and an index on them grows
    at its end only, which keeps inserts cheap as history grows.
    """
    global _last
    with _order:
        ms, (last_ms, last_bits) = now_ms(), _last
        bits = last_bits + 1 if ms == last_ms else int(secrets.token_hex(6), 16) >> 1
        _last = (ms, bits)
    return f"{prefix}_{ms:012x}{bits:012x}"


def new_request_id() -> str:
    """Return a UUID of version 4 (RFC 9562) in text form, Stora's form of `request_id`.

    It is a name and no secret, and each webhook's answer has one: the system need not be asked.
    """
    bits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(bits[16], 16) & 3]
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{variant}{bits[17:20]}-{bits[20:]}"


def jitter() -> float:
    """Return a random number in [0, 1), used to spread retries later, never earlier."""
    return secrets.randbelow(1_000_000) / 1_000_000


def new_seed() -> int:
    """Return a number for `dice`, short enough to be told and typed."""
    return secrets.randbelow(1_000_000_000)


def dice(seed: int) -> random.Random:
    """Return chance that comes out the same for the same `seed`: for proofs, never for secrets."""
    return random.Random(seed)  # noqa: S311
