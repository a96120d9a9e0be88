"""How an app of a peer is served: as its users do, or on Unitwire's own server."""

import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.systems.system import Command, Place

ROOT = Path(__file__).parents[2]
AS_USERS_DO, ALIKE = "gunicorn, 32 threads", "uvicorn + intake"
PATH = "/hook"


def python(*arguments: str, env: Mapping[str, str]) -> Command:
    """Return a command of this Python, where the apps can be imported."""
    return Command([sys.executable, *arguments], env, ROOT)


def web(server: str, module: str, place: Place, env: Mapping[str, str]) -> Command:
    """Return the command that serves `benchmarks.apps.<module>`."""
    name = f"benchmarks.apps.{module}"
    if server == ALIKE:
        return python("-m", "benchmarks.apps.serve", name, str(place.port), env=env)
    options = ["--workers=1", "--worker-class=gthread", "--threads=32", "--log-level=error"]
    bind = f"--bind=127.0.0.1:{place.port}"
    return python("-m", "gunicorn", *options, bind, f"{name}:app", env=env)
