"""Rotating keys: every secret comes under the first key, whatever interrupts it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stage
from sqlalchemy import select, update

from connector.errors import SettingsError
from connector.flows import reseal as flow
from connector.flows.parts import Parts, open_parts
from connector.flows.reseal import reseal, sealed_columns
from connector.settings import Settings
from connector.store.secrets import Vault, new_key
from connector.store.tables import webhook_endpoints

COUNT = 7


@pytest.fixture
def rotated(parts: Parts, make_settings: Callable[..., Settings]) -> Iterator[tuple[Parts, Vault]]:
    """An installation with secrets and a new key in front of the old, and that key alone."""
    stage.connect(parts)
    for number in range(COUNT):
        stage.listen(parts, f"we_{number}")
    fresh = new_key()
    opened = open_parts(make_settings(secret_keys=(fresh, *parts.settings.secret_keys)))
    yield opened, Vault((fresh,))
    opened.close()


def kept(parts: Parts) -> list[str]:
    """Return all sealed secrets."""
    with parts.store.read() as connection:
        return [
            sealed
            for column in sealed_columns()
            for sealed in connection.execute(select(column).where(column.is_not(None))).scalars()
        ]


def opens(vault: Vault, sealed: str) -> bool:
    """Whether `vault` opens `sealed`."""
    try:
        vault.open(sealed)
    except SettingsError:
        return False
    return True


def test_all_secrets_come_under_the_first_key(
    rotated: tuple[Parts, Vault], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Afterwards the old key is needed for nothing, and a second time there is nothing to do."""
    parts, first = rotated
    monkeypatch.setattr(flow, "BATCH", 3)
    before = {parts.vault.open(sealed) for sealed in kept(parts)}
    assert not any(opens(first, sealed) for sealed in kept(parts))
    counts = {count.column: (count.seen, count.changed) for count in reseal(parts)}
    assert counts["webhook_endpoints.secret_sealed"] == (COUNT, COUNT)
    assert counts["connections.credentials_sealed"] == (1, 1)
    assert {first.open(sealed) for sealed in kept(parts)} == before
    assert all(count.changed == 0 for count in reseal(parts))


def test_an_interrupted_rotation_goes_on(
    rotated: tuple[Parts, Vault], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done before the interruption stays done."""
    parts, first = rotated
    monkeypatch.setattr(flow, "BATCH", 3)
    real, calls = flow.reseal_rows, 0

    def interrupted(*arguments: Any) -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(flow, "reseal_rows", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reseal(parts)
    done = sum(opens(first, sealed) for sealed in kept(parts))
    assert 0 < done < len(kept(parts))
    monkeypatch.setattr(flow, "reseal_rows", real)
    assert sum(count.changed for count in reseal(parts)) == len(kept(parts)) - done


def test_a_secret_that_changes_meanwhile_is_left_alone(
    rotated: tuple[Parts, Vault],
) -> None:
    """Between reading and writing, a newer secret wins."""
    parts, first = rotated
    column = webhook_endpoints.c.secret_sealed
    rows = flow.next_batch(parts, column, None)
    newer = first.seal("newer")
    with parts.store.begin() as connection:
        connection.execute(
            update(webhook_endpoints)
            .where(webhook_endpoints.c.id == "we_0")
            .values(secret_sealed=newer)
        )
    assert flow.reseal_rows(parts, column, rows) == COUNT - 1
    assert newer in kept(parts)


def test_a_secret_that_no_key_opens_stops_it(parts: Parts) -> None:
    """Taking a key away too early is told, with the variable's name."""
    stage.connect(parts, credentials_sealed=Vault((new_key(),)).seal("lost"))
    with pytest.raises(SettingsError, match="UNITWIRE_SECRET_KEYS"):
        reseal(parts)


def test_every_sealed_column_is_known_by_its_name() -> None:
    """The columns follow from the tables; the ones that hold Stora's tokens are among them."""
    names = {f"{column.table.name}.{column.name}" for column in sealed_columns()}
    assert {"connections.credentials_sealed", "upstream_endpoints.secret_sealed"} <= names
