"""The parts of one installation, put together once and handed to every flow."""

from dataclasses import dataclass, field

from connector.flows.background import Background
from connector.flows.pulse import Pulse
from connector.flows.reach import Kept
from connector.flows.target import Allow
from connector.settings import Settings
from connector.stora.client import StoraClient
from connector.store import schema
from connector.store.bell import Bell, bell_of
from connector.store.db import Store
from connector.store.ledger import Ledger
from connector.store.rates import Rates
from connector.store.secrets import Vault, open_vault


@dataclass(frozen=True)
class Parts:
    """Settings, store, secrets, doorbell, the way to Stora, and what was found of the way back."""

    settings: Settings
    store: Store
    ledger: Ledger
    vault: Vault
    bell: Bell
    rates: Rates
    stora: StoraClient
    allow: Allow
    background: Background = field(default_factory=Background)
    reach: Kept = field(default_factory=Kept)
    pulse: Pulse = field(default_factory=Pulse)

    def close(self) -> None:
        """Finish waiting writes and release every connection."""
        self.background.close()
        self.bell.close()
        self.stora.close()
        self.store.close()


def open_parts(settings: Settings) -> Parts:
    """Return the parts of the installation that `settings` describe, its tables up to date.

    Raises SettingsError when something needed is missing or unsafe.
    """
    vault = open_vault(settings)
    store = Store(settings)
    schema.upgrade(store)
    return Parts(
        settings=settings,
        store=store,
        ledger=Ledger(store),
        vault=vault,
        bell=bell_of(store),
        rates=Rates(store),
        stora=StoraClient(settings),
        allow=Allow.of(settings.allow_targets),
    )
