"""The workflow's own books: what reached it, how often, and whether it was always the same."""

import hashlib
import json
import threading
from dataclasses import asdict, dataclass

from connector.cli.demo.receiver import Received, Receiver

HOOK = "/hook"


@dataclass(frozen=True)
class Verdict:
    """What both sides' books say.

    `acknowledged`: events whose delivery Unitwire answered with 2xx, by the sandbox's log.
    `delivered`: different events that the workflow received. `lost`: acknowledged, but not
    received. `repeated`: receipts beyond the first. `changed_id`: receipts under an id that is not
    the event's, or with another body than before under the same id.
    """

    rounds: int
    sent: int
    acknowledged: int
    delivered: int
    lost: int
    repeated: int
    changed_id: int

    @property
    def good(self) -> bool:
        """Whether the promise was kept: all that was sent was taken in, and nothing is missing."""
        return self.acknowledged == self.sent and not self.lost and not self.changed_id

    def document(self) -> dict[str, int]:
        """Return it for JSON."""
        return asdict(self)


class Books:
    """What was received, written down by many threads."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._digests: dict[str, bytes] = {}
        self._receipts = 0
        self._changed_id = 0

    def note(self, received: Received) -> None:
        """Write one webhook down."""
        named = received.headers.get("webhook-id", "")
        digest = hashlib.sha256(received.body.encode()).digest()
        try:
            own = json.loads(received.body)["event"]["id"]
        except (ValueError, KeyError, TypeError):
            own = None
        with self._writing:
            self._receipts += 1
            if own != named or self._digests.setdefault(named, digest) != digest:
                self._changed_id += 1

    def delivered(self) -> set[str]:
        """Return the ids of all events that came."""
        with self._writing:
            return set(self._digests)

    def verdict(self, rounds: int, sent: set[str], acknowledged: set[str]) -> Verdict:
        """Compare these books with the other side's."""
        with self._writing:
            delivered = self._digests.keys()
            return Verdict(
                rounds=rounds,
                sent=len(sent),
                acknowledged=len(acknowledged),
                delivered=len(delivered),
                lost=len(acknowledged - delivered),
                repeated=self._receipts - len(delivered),
                changed_id=self._changed_id + len(delivered - sent),
            )


class Witness(Receiver):
    """A workflow that writes every webhook into its `books` before it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.books = Books()

    def keep(self, received: Received) -> tuple[int, float]:
        """Write one webhook down; return how it is answered."""
        if received.path == HOOK:
            self.books.note(received)
        return super().keep(received)
