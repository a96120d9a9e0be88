"""A short fuzz led by coverage, the same on every run; CONTRIBUTING tells how to run a long one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNS = {
    "signature": 5_000,
    "json_body": 5_000,
    "metadata": 5_000,
    "filters": 5_000,
    "target_url": 2_000,
    "oauth": 400,
    "headers": 200,
    "queries": 300,
    "paths": 400,
    "hooks": 200,
}

if sys.platform != "linux" and "CI" not in os.environ:
    pytest.importorskip("atheris", reason="has wheels for Linux on x86 only")


@pytest.mark.slow
@pytest.mark.parametrize("target", RUNS)
def test_a_short_fuzz_finds_nothing(target: str, tmp_path: Path) -> None:
    """A fixed number of inputs from a fixed seed breaks no law."""
    command = [sys.executable, "-m", "fuzz.run", target, f"-runs={RUNS[target]}"]
    ended = subprocess.run(
        [*command, "-seed=1", "-verbosity=0", f"-artifact_prefix={tmp_path}/"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "tests"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[-4000:]
