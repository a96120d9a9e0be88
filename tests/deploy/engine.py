"""A container engine that builds and runs the image for real: podman, on a base made by mmdebstrap.

No hub is asked: the image that the Dockerfile starts from is put together from Debian's packages,
which is what the hub's is.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy.tools import ROOT, program, run

BASE = "docker.io/library/debian:trixie-slim"
IMAGE = "localhost/unitwire:test"
RELEASE = "trixie"
AUTHORITIES = Path("/usr/local/share/ca-certificates")
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
# Of what a container may use; an engine that is not root's own may not raise them.
CONF = """
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1000:1000"]
[engine]
runtime = "runc"
"""


class Engine:
    """podman with a store of its own, and the image in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._conf = folder / "containers.conf"
        self._conf.write_text(CONF)
        self._podman = (program("podman"), f"--root={folder}/root", f"--runroot={folder}/run")

    def do(self, *command: str, timeout: float = 60) -> str:
        """Return what podman prints for `command`, or for `run …` what the container does."""
        return self.run(*command, timeout=timeout).stdout

    def run(self, *command: str, timeout: float = 60) -> "subprocess.CompletedProcess[str]":
        """Run podman to its end, which must be good."""
        return run(*self._podman, *command, timeout=timeout, CONTAINERS_CONF=str(self._conf))

    def build(self) -> None:
        """Make the base from Debian's packages, and the image on it."""
        program("runc")
        mirror = re.search(r"^URIs: (\S+)", SOURCES.read_text(), re.M)
        assert mirror is not None
        base = self._folder / "base.tar"
        hooks = [f"--customize-hook=copy-in {AUTHORITIES} /usr/local/share"]
        slim = [f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in ("doc", "locale", "man")]
        made = [program("mmdebstrap"), "--quiet", "--variant=minbase", *slim]
        run(*made, *(hooks if AUTHORITIES.is_dir() else ()), RELEASE, base, mirror[1], timeout=300)
        self.do("import", "--quiet", str(base), BASE, timeout=120)
        base.unlink()
        # In Docker's own format, which alone knows HEALTHCHECK.
        build = ("build", "--network=host", "--format=docker", f"--tag={IMAGE}", str(ROOT))
        self.do(*build, timeout=600)

    def facts(self, image: str) -> dict[str, object]:
        """Return what is known of `image`."""
        found: list[dict[str, object]] = json.loads(self.do("inspect", image))
        return found[0]

    def clear(self) -> None:
        """End and remove everything."""
        self.do("rm", "--all", "--force", "--time=0")
        self.do("rmi", "--all", "--force")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The engine with the image, built once for a run of tests."""
    if os.geteuid() != 0 or not SOURCES.exists():
        assert "CI" not in os.environ, "CI needs root on Debian for the base image"
        pytest.skip("the base image is made by root, on Debian")
    folder = tmp_path_factory.mktemp("engine")
    made = Engine(folder)
    try:
        made.build()
        yield made
    finally:
        made.clear()
        shutil.rmtree(folder, ignore_errors=True)
