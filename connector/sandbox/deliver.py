"""Sends what is due: signed POSTs from a few threads that keep their connections alive.

A delivery carries `X-Stora-Signature: t=…,v1=…`, HMAC-SHA256 over `t`, a full stop and the body,
with the endpoint's secret as it is written (Stora page: guides/webhooks). `t` and
`X-Stora-Request-Id` belong to the attempt, the event id to the event.
A 2xx is success; anything else, a redirect too, and no answer within ten seconds is not.
"""

import hashlib
import hmac
import threading

import pycurl
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from connector.sandbox import deliveries
from connector.sandbox.deliveries import Attempt, Claimed
from connector.sandbox.events import KIND as EVENT
from connector.sandbox.state import Document, State
from connector.sandbox.webhook_endpoints import KIND as ENDPOINT
from connector.world import new_request_id, new_signing_secret, now_ms

STALE_S = 3600
KEEP_ANSWER = 1024  # of an answer, for the log
MAX_ANSWER = 64 * 1024  # reading more is not worth the time


def sign(secret: str, body: bytes, at_s: int) -> str:
    """Return the value of `X-Stora-Signature` for `body`, signed at `at_s` (epoch seconds)."""
    signed = b"%d." % at_s + body
    return f"t={at_s},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class Deliverer:
    """Threads that deliver; `speed` shortens the waits between retries (60: a second a minute)."""

    def __init__(
        self, state: State, *, speed: float = 1.0, threads: int = 8, timeout_s: float = 10.0
    ) -> None:
        self.state = state
        self.speed = speed
        self.timeout_s = timeout_s
        self._bell = threading.Condition()
        self._rings = 0
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"deliver-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Take back what a former process left unfinished, and begin to send."""
        deliveries.recover(self.state)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the threads; each finishes what it is sending."""
        with self._bell:
            self._stopping = True
            self._bell.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def ring(self) -> None:
        """Say that something may be due now."""
        with self._bell:
            self._rings += 1
            self._bell.notify_all()

    def _run(self) -> None:
        handle = pycurl.Curl()
        try:
            while not self._stopping:
                seen = self._rings
                claimed = deliveries.claim(self.state, now_ms())
                if claimed is None:
                    self._wait(seen)
                else:
                    self._deliver(handle, claimed)
        finally:
            handle.close()

    def _wait(self, seen: int) -> None:
        due_ms = deliveries.next_due(self.state)
        timeout = None if due_ms is None else max(0.001, (due_ms - now_ms()) / 1000)
        with self._bell:
            self._bell.wait_for(lambda: self._stopping or self._rings != seen, timeout)

    def _deliver(self, handle: pycurl.Curl, claimed: Claimed) -> None:
        endpoint = self.state.get(claimed.operator, ENDPOINT, claimed.endpoint)
        body = self.state.text(claimed.operator, EVENT, claimed.event)
        if endpoint is None or endpoint["status"] != "enabled" or body is None:
            deliveries.drop(self.state, claimed)
            return
        fault = claimed.fault if claimed.failures == 0 else ""
        attempts = [
            self._attempt(handle, endpoint, body.encode(), fault)
            for _ in range(2 if fault == "duplicate" else 1)
        ]
        deliveries.finish(self.state, claimed, attempts, self.speed)

    def _attempt(self, handle: pycurl.Curl, endpoint: Document, body: bytes, fault: str) -> Attempt:
        secret = new_signing_secret() if fault == "wrong_signature" else endpoint["secret"]
        at_ms = now_ms()
        signed_at_s = at_ms // 1000 - (STALE_S if fault == "stale_timestamp" else 0)
        request_id = new_request_id()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Stora-Webhooks/1.0",
            "X-Stora-Signature": sign(secret, body, signed_at_s),
            "X-Stora-Request-Id": request_id,
        }
        status, error, answer = post(handle, endpoint["url"], headers, body, self.timeout_s)
        return Attempt(request_id, at_ms, status, error, answer, fault)


def post(
    handle: pycurl.Curl, url: str, headers: dict[str, str], body: bytes, timeout_s: float
) -> tuple[int, str, str]:
    """Send one POST; return its status (0 for none), what went wrong, and the answer's beginning.

    `timeout_s` is for the whole of it. Redirects, proxies and `Expect` are not used.
    """
    answer = bytearray()

    def read(chunk: bytes) -> int:
        answer.extend(chunk)
        return len(chunk) if len(answer) <= MAX_ANSWER else -1

    handle.setopt(pycurl.URL, url)
    handle.setopt(pycurl.HTTPHEADER, [*(f"{k}: {v}" for k, v in headers.items()), "Expect:"])
    handle.setopt(pycurl.POSTFIELDS, body)
    handle.setopt(pycurl.WRITEFUNCTION, read)
    handle.setopt(pycurl.TIMEOUT_MS, int(timeout_s * 1000))
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.PROXY, "")
    handle.setopt(pycurl.CAINFO, DEFAULT_CA_BUNDLE_PATH)
    error = ""
    try:
        handle.perform()
    except pycurl.error:
        error = handle.errstr()
    status = int(handle.getinfo(pycurl.RESPONSE_CODE))
    if error and len(answer) <= MAX_ANSWER:
        status = 0  # the connection ended before the answer did
    return status, error, bytes(answer[:KEEP_ANSWER]).decode(errors="replace")
