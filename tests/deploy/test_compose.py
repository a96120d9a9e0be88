"""compose.yaml, read by Docker Compose itself, which needs no engine for that."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from deploy.tools import ROOT, run

from connector.cli import main
from connector.settings import PREFIX, Settings

SERVICES = {"web", "dispatcher", "migrate", "database"}
SANDBOX = {"sandbox", "playground"}
Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(bin: Path) -> Read:
    """A function that returns what Docker Compose makes of the file."""

    def told(*profiles: str) -> dict[str, Any]:
        chosen = [word for each in profiles for word in ("--profile", each)]
        file = ("--file", ROOT / "compose.yaml")
        told = run(bin / "docker-compose", *file, *chosen, "config", "--format", "json")
        found: dict[str, Any] = json.loads(told.stdout)
        return found

    return told


def test_it_is_read_without_a_warning(bin: Path) -> None:
    """No variable has to be set, and nothing in it is unknown or out of date."""
    told = run(bin / "docker-compose", "--file", ROOT / "compose.yaml", "config", "--quiet")
    assert told.stderr == ""


def test_the_sandbox_is_started_only_if_asked_for(read: Read) -> None:
    """Its profile adds it; without it there is nothing but the real thing."""
    assert set(read()["services"]) == SERVICES
    assert set(read("sandbox")["services"]) == SERVICES | SANDBOX


def test_every_service_is_locked_up(read: Read) -> None:
    """Nothing to write on but scratch and data, no new privilege, no capability beyond need."""
    for name, service in read("sandbox")["services"].items():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert bool(service.get("cap_add")) == (name == "database")
        limits = service["deploy"]["resources"]["limits"]
        assert set(limits) == {"cpus", "memory", "pids"}
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")


def test_secrets_come_as_files(read: Read) -> None:
    """Each setting is one of Unitwire; a secret one names a file, but for the sandbox's."""
    known = {PREFIX + each.name.upper(): each for each in dataclasses.fields(Settings)}
    for name, service in read("sandbox")["services"].items():
        given = {target["source"] for target in service.get("secrets", ())}
        for variable, value in (service.get("environment") or {}).items():
            if variable.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in given
            if variable.startswith(PREFIX):
                setting = known[variable.removesuffix("_FILE")]
                assert setting.repr or variable.endswith("_FILE") or name in SANDBOX


def test_nothing_is_open_to_the_network(read: Read) -> None:
    """Ports are this machine's only, and the database's network leads nowhere."""
    found = read("sandbox")
    ports = [port for each in found["services"].values() for port in each.get("ports", ())]
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    assert found["networks"]["inside"]["internal"] is True
    assert set(found["services"]["database"]["networks"]) == {"inside"}


def test_every_command_is_one(read: Read) -> None:
    """What the services run, the program knows, options included."""
    for name, service in read("sandbox")["services"].items():
        if name != "database":
            told = CliRunner().invoke(main, [*service["command"], "--help"])
            assert told.exit_code == 0, told.output


def test_new_code_waits_for_its_tables(read: Read) -> None:
    """Web server and dispatcher start after the tables are up to date."""
    services = read()["services"]
    for name in ("web", "dispatcher"):
        needs = services[name]["depends_on"]["migrate"]
        assert needs["condition"] == "service_completed_successfully"
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
