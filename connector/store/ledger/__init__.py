"""The hot statements: find a hook, record an event, claim what is due, save what came of it.

They are plain SQL, the same text for both databases (`Store.sql` adapts what differs), and run on
a bare cursor: no object is mapped and no statement is built while an event is on its way.
Each function is one round trip, on PostgreSQL too, where the statements go out in a pipeline.

    inbound    an event is received: find_hook, record
    together   many are received at once: find_hook, record
    claims     a dispatcher takes it: claim, renew, release
    outcomes   it was tried: save
"""

from connector.store.db import Store
from connector.store.ledger.claims import CLAIM, Claims, Due, Held
from connector.store.ledger.inbound import Hook, Inbound, Received
from connector.store.ledger.outcomes import Outcomes, Result

__all__ = ["CLAIM", "Due", "Held", "Hook", "Ledger", "Received", "Result"]


class Ledger:
    """The hot statements on one store."""

    def __init__(self, store: Store) -> None:
        inbound, outcomes = Inbound(store), Outcomes(store)
        claims = Claims(store, outcomes)
        self.find_hook = inbound.find_hook
        self.record = inbound.record
        self.claim = claims.claim
        self.probes = claims.probes
        self.renew = claims.renew
        self.release = claims.release
        self.save = outcomes.save
