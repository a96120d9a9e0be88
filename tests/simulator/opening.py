"""Opens and closes a simulated town."""

from pathlib import Path

import pytest
from network import STORA, Postman, StoraWire, Workflows, consent, make_sandbox
from simulator.held import AtOnce, Chance, Time
from simulator.town import Town
from simulator.weather import Weather

from connector import dispatcher, world
from connector.dispatcher import Dispatcher
from connector.flows import background
from connector.flows.connect import begin, finish
from connector.flows.parts import open_parts
from connector.flows.send import Outcome
from connector.sandbox import deliver as stora_deliver
from connector.settings import Settings

BROWSER = "the cookie of a browser"


def open_town(seed: int, template: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Return a town in which the operator has connected Stora."""
    dice = world.dice(seed)
    time = Time()
    monkeypatch.setattr(world, "time", time)
    monkeypatch.setattr(world, "secrets", Chance(world.dice(seed + 1)))
    for module in (background, dispatcher):
        monkeypatch.setattr(module, "ThreadPoolExecutor", AtOnce)
    file = folder / f"{seed}.db"
    file.write_bytes(template.read_bytes())
    parts = open_parts(
        Settings(
            database_url=f"sqlite:///{file}",
            stora_api_url=STORA,
            stora_client_id="partner-id",
            stora_client_secret="partner-secret",
            rate_limits=False,
            retention_days=3650,
        )
    )
    weather = Weather(parts, dice, monkeypatch)
    stora = StoraWire(make_sandbox(), weather.call)
    parts.stora.wire = stora  # type: ignore[assignment]
    workflows = Workflows(weather.call)
    town = Town(parts, dice, time, weather, stora, workflows, file)
    workflows.answer = lambda url: town.moods.get(url, Outcome("", 200))
    monkeypatch.setattr(
        dispatcher, "Sender", lambda *_, **__: Postman(workflows, lambda: dice.random() < 0.3)
    )
    monkeypatch.setattr(stora_deliver, "post", town.take)
    with stora.sandbox.test_client() as client:
        back = consent(client, begin(parts, BROWSER, "/"))
    town.connection_id = finish(parts, browser=BROWSER, **back).connection_id
    town.dispatchers = [Dispatcher(parts), Dispatcher(parts)]
    return town


def close_town(town: Town) -> None:
    """Put everything away."""
    for working in town.dispatchers:
        working._ear.close()
    town.parts.close()
    town.stora.sandbox.state.close()
    town.file.unlink()
