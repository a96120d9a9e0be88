"""A workflow that keeps its own books: each POST is written to a file before it is answered."""

import argparse
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

options = argparse.ArgumentParser()
options.add_argument("--ledger", required=True)
options.add_argument("--fd", type=int, required=True)
chosen = options.parse_args()
ledger = open(chosen.ledger, "a")  # noqa: SIM115
writing = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Writes down, then answers."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_POST(self) -> None:
        """Take one webhook."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        with writing:
            ledger.write(json.dumps({"headers": headers, "body": body}) + "\n")
            ledger.flush()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


class Server(ThreadingHTTPServer):
    """Serves on a socket that was opened by somebody else."""

    daemon_threads = True

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock.getsockname()[:2], Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = sock


Server(socket.socket(fileno=chosen.fd)).serve_forever(0.1)
