"""Whether Stora can reach this installation: what is tested, each with what mends it.

- *address*: the public URL is really called, and this very installation has to answer there. It is
  given a word that was made up for the occasion, and only its keys make the right answer to it.
- *certificate*: valid for every caller, and for how long
- *clock*: against the clock of whoever signs, by the Date of an answer of Stora's API

Two addresses are called and no others, both from settings: the public URL and Stora's API.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from connector.flows.look import Seen, look
from connector.settings import Settings, is_loopback, variable_of
from connector.store.secrets import Vault
from connector.world import new_token, now_ms

DAY_MS = 86_400_000
RENEW_DAYS = 14  # certificates that renew themselves do so a month before
CLOCK_WARN_S = 30

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tested; `mend` says what to do where it is not ok."""

    name: str
    status: Status
    says: str
    mend: str = ""


@dataclass
class Kept:
    """What was found last, and when (ms), in this process: name service, way out and clock are its
    machine's own.
    """

    found: tuple[Finding, ...] = ()
    at: int | None = field(default=None)


def probe(settings: Settings, vault: Vault) -> tuple[Finding, ...]:
    """Return what is found now; takes at most twice `look.ANSWER_S`."""
    return (*public_url(settings, vault), clock(settings))


# ---- the public URL ----------------------------------------------------------------------------


def public_url(settings: Settings, vault: Vault) -> Iterator[Finding]:
    """Test who answers under the public URL, and how long its certificate lasts."""
    origin, word = settings.origin, new_token()
    seen = look(f"{origin}/healthz?challenge={word}")
    host = str(urlsplit(origin).hostname)
    if seen.fault == "certificate":
        yield Finding(
            "certificate",
            "fail",
            f"The certificate of {host} is not valid: {seen.why}.",
            "Give the proxy a certificate of a public authority for this name, with its chain.",
        )
        return
    if seen.fault == "tls":
        yield Finding(
            "certificate",
            "fail",
            f"{host} does not speak TLS: {seen.why}.",
            f"Let a proxy serve https at this port, or mend {variable_of('public_url')}.",
        )
        return
    yield _address(settings, seen, right=vault.proves(word, _proof_in(seen.body)))
    if seen.certified_until is not None:
        yield _certificate(seen.certified_until)


def _address(settings: Settings, seen: Seen, *, right: bool) -> Finding:
    origin, variable = settings.origin, variable_of("public_url")
    host = str(urlsplit(origin).hostname)

    def finding(status: Status, says: str, mend: str = "") -> Finding:
        return Finding("address", status, says, mend)

    if seen.fault == "name":
        mend = f"Make an entry for {host} in the name service, or mend {variable}."
        return finding("fail", f"The name {host} is not known.", mend)
    if seen.fault and is_loopback(host):
        mend = f"Start `unitwire serve`, or mend {variable}."
        return finding("fail", f"{origin} does not answer: {seen.why}.", mend)
    if seen.fault:
        return finding(
            "warn",
            f"{origin} could not be called from here: {seen.why}.",
            f"Some networks cannot call their own public address. If {origin}/healthz opens in a "
            "browser elsewhere, all is well; if not, start the proxy, or open its port.",
        )
    if seen.status != 200:
        mend = f"Let the proxy pass everything on to Unitwire, or mend {variable}."
        return finding("fail", f"{origin} answers {seen.status}, not Unitwire's 200.", mend)
    if not right:
        return finding(
            "fail",
            f"Something answers at {origin}, but it is not this Unitwire.",
            f"Lead that address to this installation, or mend {variable}. All its processes need "
            f"the same {variable_of('secret_keys')}.",
        )
    if is_loopback(host) and not is_loopback(str(urlsplit(settings.stora_api_url).hostname)):
        return finding(
            "warn",
            f"{origin} answers, but only this machine can call it; Stora cannot.",
            f"Set {variable} to a public https address that leads here.",
        )
    return finding("ok", f"{origin} answers, and it is this Unitwire that does.")


def _proof_in(body: bytes) -> str:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(found.get("proof", "")) if isinstance(found, dict) else ""


def _certificate(until: int) -> Finding:
    days = (until - now_ms()) // DAY_MS
    says = f"The certificate is valid, for {days} more day{'' if days == 1 else 's'}."
    if days < RENEW_DAYS:
        mend = "Renew it, and see to it that it renews itself: when it ends, nothing arrives."
        return Finding("certificate", "warn", says, mend)
    return Finding("certificate", "ok", says)


# ---- the clock ---------------------------------------------------------------------------------


def clock(settings: Settings) -> Finding:
    """Compare this machine's clock with the one that signs webhooks, Stora's, to the second."""
    url = settings.stora_api_url
    seen = look(url)
    if seen.fault:
        return Finding(
            "clock",
            "warn",
            f"{url} does not answer: {seen.why}.",
            f"Let this machine reach it, or mend {variable_of('stora_api_url')}.",
        )
    try:
        theirs = parsedate_to_datetime(seen.date).timestamp()
    except (ValueError, OverflowError):
        return Finding(
            "clock",
            "warn",
            f"{url} answers, but does not tell the time.",
            "Look that this machine keeps its clock by NTP.",
        )
    # The header has whole seconds, so half of one is added for what it cut off; and many servers
    # make it once a second, so one that is a second old says nothing.
    ahead = round(seen.at / 1000 - theirs - 0.5)
    apart = abs(ahead)
    if apart <= 1:
        return Finding("clock", "ok", "The clock agrees with Stora's, to the second.")
    side = "ahead of" if ahead > 0 else "behind"
    says = f"The clock is {apart} s {side} Stora's."
    if apart > settings.signature_tolerance:
        return Finding(
            "clock",
            "fail",
            f"{says} Every webhook is refused as too old or too new.",
            "Let NTP keep this machine's clock.",
        )
    if apart >= CLOCK_WARN_S:
        mend = (
            "Let NTP keep this machine's clock: webhooks are refused from "
            f"{settings.signature_tolerance} s on."
        )
        return Finding("clock", "warn", says, mend)
    return Finding("clock", "ok", says)
