"""`unitwire prove`, as anybody would run it: 20 rounds of trouble on each store."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

ROUNDS, SECONDS = 20, 3


@pytest.mark.parametrize("store", [[], ["--postgres"]], ids=["sqlite", "postgresql"])
def test_nothing_is_lost_in_twenty_rounds(store: list[str]) -> None:
    """Whatever is killed, frozen or restarted: all that was acknowledged arrives, as it was."""
    command = [sys.executable, "-m", "connector", "prove", "--json", *store]
    command += ["--rounds", str(ROUNDS), "--seconds", str(SECONDS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=420, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["rounds"] == ROUNDS
    assert told["sent"] == told["acknowledged"] == told["delivered"] > ROUNDS * SECONDS * 10
    assert (told["lost"], told["changed_id"]) == (0, 0), told
