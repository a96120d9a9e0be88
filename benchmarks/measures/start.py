"""Start: from the command to the first answer that it is ready, and what importing costs."""

import subprocess
import sys
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from benchmarks.measures.ingest import NOWHERE
from benchmarks.ports import HOST
from benchmarks.running import Running
from benchmarks.systems.system import Missing, System
from benchmarks.systems.unitwire import Unitwire

LONGEST_S = 30.0


def start(system: System, _seconds: float) -> Mapping[str, float]:
    """Return `ready_s` of `serve` with its tables there, `import_s`, and `python_s` of neither."""
    if not isinstance(system, Unitwire):
        raise Missing("only Unitwire has one command that is everything")
    with Running(system, NOWHERE) as running:
        command = system.serve(running.place)
        began = time.monotonic()
        running.web.start(command.argv, command.env, command.cwd)
        while not is_ready(running.place.port):
            running.web.check()
            assert time.monotonic() - began < LONGEST_S
            time.sleep(0.005)
        ready_s = time.monotonic() - began
    return {
        "ready_s": ready_s,
        "import_s": duration("import connector"),
        "import_app_s": duration("import connector.factory"),
        "python_s": duration("pass"),
    }


def is_ready(port: int) -> bool:
    """Whether /readyz is answered 200."""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def duration(code: str) -> float:
    """Return the seconds that a new Python takes for `code`, its own start included."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.monotonic() - began
