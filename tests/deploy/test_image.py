"""The image, judged by hadolint, then built and run for real."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.engine import BASE, IMAGE, Engine, engine  # noqa: F401  the fixture
from deploy.tools import ROOT, run

MOST_MIB = 175  # on top of the base, which other images share
STOP_S = 15
# As compose.yaml and the chart run it.
LOCKED = (
    *("--read-only", "--tmpfs=/tmp", "--cap-drop=all", "--security-opt=no-new-privileges"),
    *("--memory=512m", "--pids-limit=200", "--network=none"),
)


def test_hadolint_finds_no_fault(bin: Path) -> None:
    """Not even in style; what is left out says why in .hadolint.yaml."""
    run(bin / "hadolint", "Dockerfile")


def test_the_image_is_made_of_what_it_copies() -> None:
    """.dockerignore lets in that and no more: no secret, no database, no history."""
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    allowed = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.M)
    assert {name for line in copied for name in line.split()} == set(allowed)


@pytest.fixture
def container(engine: Engine) -> Iterator[str]:  # noqa: F811
    """A running `unitwire serve`, locked up."""
    yield (name := engine.do("run", "--detach", *LOCKED, IMAGE).strip())
    engine.do("rm", "--force", "--time=0", name)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["doctor --help", "db upgrade", "keys new", "sandbox --help"])
def test_one_image_runs_every_command(engine: Engine, command: str) -> None:  # noqa: F811
    """Locked up as it is in service."""
    assert engine.do("run", "--rm", *LOCKED, IMAGE, *command.split())


@pytest.mark.slow
def test_it_runs_as_nobody_in_particular_and_builds_nothing(engine: Engine) -> None:  # noqa: F811
    """It is not root, has no compiler and no installer of Python packages, and owns its data."""
    look = "id -u; stat -c %u:%a /data; command -v gcc cc make pip pip3 uv git curl; true"
    told = engine.do("run", "--rm", *LOCKED, "--entrypoint=sh", IMAGE, "-c", look)
    assert told.split() == ["10001", "10001:700"]


@pytest.mark.slow
def test_it_is_small(engine: Engine) -> None:  # noqa: F811
    """Most of it is Debian's base and Python."""
    sizes = [engine.facts(image)["Size"] for image in (IMAGE, BASE)]
    whole, base = (size for size in sizes if isinstance(size, int))
    assert (whole - base) >> 20 <= MOST_MIB


@pytest.mark.slow
def test_it_serves_and_is_healthy(engine: Engine, container: str) -> None:  # noqa: F811
    """Its own health check says so, the installation inside is in order, and SIGTERM ends it."""
    until = time.monotonic() + 30
    while "is ready on" not in engine.do("logs", container):
        assert time.monotonic() < until
        time.sleep(0.2)
    engine.do("healthcheck", "run", container)
    told = engine.do("exec", container, "unitwire", "doctor")
    assert "✗" not in told
    begun = time.monotonic()
    engine.do("stop", f"--time={STOP_S}", container)
    assert time.monotonic() - begun < STOP_S
    assert engine.do("inspect", "--format={{.State.ExitCode}}", container).strip() == "0"


@pytest.mark.slow
def test_a_dispatcher_is_not_asked_for_a_web_page(engine: Engine) -> None:  # noqa: F811
    """The same image's health check passes where nothing listens."""
    name = engine.do("run", "--detach", *LOCKED, IMAGE, "dispatch").strip()
    engine.do("healthcheck", "run", name)
    engine.do("rm", "--force", "--time=0", name)
