"""Which server? Requests per second, and a good request beside forty that stop half-way.

Needs wrk (a Debian package) and, for its rows, Granian (`pip install granian`); takes a minute:

    python benchmarks/server.py

Each server runs in a process of its own with the same view, which reads the body. wrk POSTs 900
bytes on 32 connections for 3 seconds, three rounds, the servers taking turns. Then forty clients
send one byte of ten and stop, and one good request is timed.
"""

import contextlib
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from flask import Flask, request

from connector.web.intake import Intake
from connector.web.server import listen, serve

ROUNDS, SECONDS, CONNECTIONS = 3, 3, 32

app = Flask(__name__)
intake = Intake(app)


@app.post("/")
def view() -> tuple[str, int]:
    """Read the body and accept it."""
    request.get_data()
    return "", 202


GRANIAN = [
    sys.executable,
    "-m",
    "granian",
    "--host",
    "127.0.0.1",
    "--no-ws",
    "--backpressure",
    "512",
]
SERVERS = {
    "uvicorn, intake (chosen)": [sys.executable, __file__, "serve"],
    "Granian ASGI, intake": [*GRANIAN, "--interface", "asgi", "--loop", "uvloop", "server:intake"],
    "Granian WSGI, 16 threads": [
        *(*GRANIAN, "--interface", "wsgi", "--blocking-threads", "16", "server:app"),
    ],
}


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[int]:
    """Run a server on a free port; yields the port once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [*command, *(["--port", str(port)] if "granian" in command else [str(port)])],
        cwd=Path(__file__).parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def rate(port: int) -> float:
    """Return the requests per second that wrk sees; none may fail."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write('wrk.method = "POST"\nwrk.body = string.rep("x", 900)\n')
        script.flush()
        out = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", "-s", script.name,
             f"http://127.0.0.1:{port}/"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    assert "Non-2xx" not in out, out
    found = re.search(r"Requests/sec:\s+([\d.]+)", out)
    assert found, out
    return float(found[1])


def beside_stopped(port: int) -> str:
    """Return how long a good request takes beside forty senders that stopped."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"
    stopped = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    for one in stopped:
        one.sendall(head + b"x")
    time.sleep(0.3)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as good:
        good.sendall(head + b"x" * 10)
        try:
            good.recv(100)
            took = f"{(time.monotonic() - began) * 1000:.0f} ms"
        except TimeoutError:
            took = "no answer in 5 s"
    for one in stopped:
        one.close()
    return took


def main() -> None:
    """Measure, and print a table."""
    if find_spec("granian") is None:
        for name in [name for name in SERVERS if "Granian" in name]:
            del SERVERS[name]
    rates: dict[str, list[float]] = {name: [] for name in SERVERS}
    for _ in range(ROUNDS):
        for name, command in SERVERS.items():
            with started(command) as port:
                rates[name].append(rate(port))
    print("| server | requests/s, median (least-most) | beside 40 that stopped |")
    print("|---|---|---|")
    for name, command in SERVERS.items():
        with started(command) as port:
            took = beside_stopped(port)
        seen = rates[name]
        print(
            f"| {name} | {statistics.median(seen):.0f} ({min(seen):.0f}-{max(seen):.0f}) | {took} |"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(intake, listen("127.0.0.1", int(sys.argv[2])))
    else:
        main()
