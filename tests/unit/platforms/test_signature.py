"""`signature.js` judges a delivery as Unitwire's own code does."""

import json
import subprocess
from pathlib import Path

from platforms.node import needs_node

from connector.platforms.platform import shared
from connector.stora.signature import sign, verify

SECRET, OTHER, NOW = "ab" * 32, "cd" * 32, 1_736_937_000
BODY = '{"event": {"id": "evt_1", "note": "£5 – paid"}}'
GOOD = sign(SECRET, BODY.encode(), NOW)
DIGEST = GOOD.partition("v1=")[2]

HEADERS = [
    GOOD,
    sign([OTHER, SECRET], BODY.encode(), NOW),
    sign(OTHER, BODY.encode(), NOW),
    sign(SECRET, BODY.encode() + b" ", NOW),
    *(sign(SECRET, BODY.encode(), NOW + age) for age in (-301, -300, 300, 301)),
    f"v1={DIGEST}, t={NOW}",
    f"t={NOW},v0=x,v1={DIGEST}",
    f"t={NOW},v1={DIGEST.upper()}",
    f"t={NOW},v1={DIGEST}0",
    f"t={NOW},v1={DIGEST[:-1]}",
    f"t={NOW},v1=",
    f"t={NOW}",
    f"v1={DIGEST}",
    f"t={NOW + 1},v1={DIGEST}",
    f"t={NOW},t={NOW + 1},v1={DIGEST}",
    f"t=+{NOW},v1={DIGEST}",
    f"t={NOW}.0,v1={DIGEST}",
    "t,v1",
    "=,=",
    ",",
    "",
    "ü",
]


@needs_node
def test_javascript_judges_the_same(tmp_path: Path) -> None:
    """Each header, good or odd, and at the limits of age; an empty secret fits nothing."""
    (tmp_path / "signature.js").write_bytes(shared("signature.js"))
    cases = [(header, BODY, SECRET) for header in HEADERS]
    cases += [(sign("", BODY.encode(), NOW), BODY, ""), (GOOD, BODY, "")]
    script = (
        "const { isGenuine } = require('./signature.js');"
        "const cases = JSON.parse(require('node:fs').readFileSync(0));"
        f"const judge = ([header, body, secret]) => isGenuine(header, body, secret, {NOW});"
        "console.log(JSON.stringify(cases.map(judge)));"
    )
    done = subprocess.run(
        ["node", "-e", script],
        cwd=tmp_path,
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    expected = [verify(header, body.encode(), [secret], NOW).ok for header, body, secret in cases]
    assert json.loads(done.stdout) == expected
    assert expected.count(True) == 6
