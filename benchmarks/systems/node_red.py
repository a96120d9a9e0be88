"""Node-RED, the real one: a flow that answers at once and POSTs what came.

Its HTTP node hands on a parsed body, not the bytes that were signed, so no signature is checked,
which favours it.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from benchmarks.systems.system import Bare, Command, Missing, Place

CACHE = Path(__file__).parents[2] / ".cache" / "platforms"
SETTINGS = """module.exports = {
  uiHost: '127.0.0.1',
  uiPort: %d,
  flowFile: 'flows.json',
  credentialSecret: 'bench',
  telemetry: { enabled: false, updateNotification: false },
  logging: { console: { level: 'error' } },
};
"""


class NodeRed(Bare):
    """It keeps messages in memory, and tries nothing again by itself."""

    name = "Node-RED 4.1"
    server = "its own"
    promises = "keeps nothing, no retry; no signature checked"
    path = "/hook"

    def prepare(self, place: Place) -> None:
        """Write the settings and the flow."""
        (place.folder / "settings.js").write_text(SETTINGS % place.port)
        (place.folder / "flows.json").write_text(json.dumps(flow(place.target)))

    def web(self, place: Place) -> Sequence[Command]:
        """Return Node-RED."""
        found = sorted(CACHE.glob("node_red-*/node_modules/.bin/node-red"))
        if not found:
            raise Missing("Node-RED is not installed: make test-platforms does it")
        return [Command([found[-1], "--userDir", place.folder], cwd=place.folder)]


def flow(target: str) -> list[dict[str, object]]:
    """Return the flow: in, answer, POST."""
    at = {"z": "flow", "x": 1, "y": 1}
    return [
        {"id": "flow", "type": "tab", "label": "hooks"},
        at | {"id": "in", "type": "http in", "url": "/hook", "method": "post",
              "wires": [["answer", "post"]]},
        at | {"id": "answer", "type": "http response", "statusCode": "200", "wires": []},
        at | {"id": "post", "type": "http request", "method": "POST", "ret": "txt", "url": target,
              "wires": [[]]},
    ]  # fmt: skip
