"""What the sandbox remembers, also over its own death."""

import os
import signal
import subprocess
import sys
import threading

import pytest
import requests
from werkzeug import Response

from connector.sandbox.state import State

SERVE = """
import sys
from werkzeug.serving import make_server
from connector.sandbox import create_sandbox

sandbox = create_sandbox(state=sys.argv[1], allow_http_loopback=True, limits=False, speed=60)
server = make_server("127.0.0.1", 0, sandbox, threaded=True)
sandbox.deliverer.start()
print(server.server_port, flush=True)
server.serve_forever()
"""


class Process:
    """A sandbox in a process of its own, with its state in a file."""

    def __init__(self, state):
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(state)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.base_url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}"

    def call(self, method, path, **options):
        """Call the sandbox."""
        return requests.request(method, self.base_url + path, timeout=10, **options)

    def kill(self):
        """End it as a power cut would end its process."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@pytest.mark.slow
def test_a_killed_sandbox_comes_back_with_all_it_had(tmp_path, httpserver, hands):
    """Credentials, endpoints, kept answers; and it goes on delivering what was not received."""
    received = set()
    open_for_all = threading.Event()

    def answer(request):
        if len(received) >= 20 and not open_for_all.is_set():
            return Response(status=503)
        received.add(request.get_json()["event"]["id"])
        return Response(status=204)

    httpserver.expect_request("/hook").respond_with_handler(answer)
    first = Process(tmp_path / "sandbox.db")
    operators = first.call("GET", "/_sandbox/operators").json()
    headers = {
        "Authorization": f"Bearer {operators['operators'][0]['token']}",
        "Idempotency-Key": "key",
    }
    endpoint = {
        "name": "N",
        "api_version": "2025-09",
        "url": httpserver.url_for("/hook"),
        "event_types": ["deal.won"],
    }
    created = first.call("POST", "/2025-09/webhook_endpoints", json=endpoint, headers=headers)
    assert created.status_code == 201
    trigger = {"event_type": "deal.won", "count": 100}
    events = first.call("POST", "/_sandbox/trigger", json=trigger).json()["events"]
    hands.wait_for(lambda: len(received) >= 20)
    first.kill()
    open_for_all.set()

    second = Process(tmp_path / "sandbox.db")
    try:
        assert second.call("GET", "/_sandbox/operators").json() == operators
        again = second.call("POST", "/2025-09/webhook_endpoints", json=endpoint, headers=headers)
        assert again.content == created.content
        hands.wait_for(lambda: received == set(events))
    finally:
        second.kill()


def test_a_transaction_is_all_or_nothing():
    """Also with one inside another."""
    state = State()

    def fail():
        with state.transaction():
            state.put("a", "kind", "1", {"n": 1})
            with state.transaction():
                state.put("a", "kind", "2", {"n": 2})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert state.all("a", "kind") == []

    with state.transaction():
        state.put("a", "kind", "1", {"n": 1})
    assert state.all("a", "kind") == [{"n": 1}]
    state.close()


def test_documents_stand_behind_the_tenants_wall():
    """The same id at another operator is another document."""
    state = State()
    state.put("a", "kind", "1", {"of": "a"})
    state.put("b", "kind", "1", {"of": "b"})

    assert state.get("a", "kind", "1") == {"of": "a"}
    assert state.get("c", "kind", "1") is None
    assert state.delete("c", "kind", "1") is False
    assert state.delete("b", "kind", "1") is True
    assert state.get("a", "kind", "1") == {"of": "a"}
    state.close()


def test_a_changed_document_keeps_its_place():
    """Lists are in the order of creation."""
    state = State()
    for id in ("1", "2", "3"):
        state.put("a", "kind", id, {"id": id})
    state.put("a", "kind", "1", {"id": "1", "changed": True})

    assert [each["id"] for each in state.all("a", "kind")] == ["1", "2", "3"]
    assert [each["id"] for each in state.newest("a", "kind", 2)] == ["3", "2"]
    state.close()
