"""The systemd units, judged by systemd's own tools as if they were installed on a machine."""

import os
import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from deploy.tools import DEPLOY, program, run

from connector.cli import main

SYSTEMD = DEPLOY / "systemd"
UNITS = sorted(file.name for file in (SYSTEMD / "system").glob("*.service"))
MOST_EXPOSED = 1.2  # of 10: a service on the Internet keeps its sockets and its network
OURS = "/opt/unitwire/bin/unitwire"
EVERY = pytest.mark.parametrize("unit", UNITS)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine with systemd and Unitwire on it."""
    program("systemd-analyze")
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(SYSTEMD / "system", tmp_path / "etc/systemd/system", symlinks=True)
    ours = tmp_path / OURS.lstrip("/")
    ours.parent.mkdir(parents=True)
    ours.write_text("#!/bin/sh\n")
    ours.chmod(0o755)
    return tmp_path


@EVERY
def test_systemd_finds_no_fault(machine: Path, unit: str) -> None:
    """Every line is known, and the drop-ins are found."""
    told = run("systemd-analyze", "verify", "--man=no", f"--root={machine}", unit)
    assert told.stderr == ""


@EVERY
def test_a_unit_is_hardly_exposed(machine: Path, unit: str) -> None:
    """By systemd's own measure, the same for all."""
    told = run("systemd-analyze", "security", "--offline=yes", f"--root={machine}", unit)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told.stdout)
    assert found is not None
    assert float(found[1]) <= MOST_EXPOSED


@EVERY
def test_what_a_unit_starts_is_there(unit: str) -> None:
    """The program knows the command, options included."""
    (line,) = re.findall(r"^ExecStart=(.*)$", (SYSTEMD / "system" / unit).read_text(), re.M)
    ours, *command = shlex.split(line)
    assert ours == OURS
    assert CliRunner().invoke(main, [*command, "--help"]).exit_code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_user_and_the_folders_are_made(tmp_path: Path) -> None:
    """The user owns nothing; its secrets are root's, and not the world's to read."""
    users, folders = program("systemd-sysusers"), program("systemd-tmpfiles")
    (tmp_path / "etc").mkdir()
    secret = tmp_path / "etc/unitwire/secrets/keys"
    for _ in range(2):  # the second time, for a file that was put there
        run(users, f"--root={tmp_path}", SYSTEMD / "sysusers.d" / "unitwire.conf")
        run(folders, f"--root={tmp_path}", "--create", SYSTEMD / "tmpfiles.d" / "unitwire.conf")
        secret.touch()
    (line,) = re.findall(r"^unitwire:.*$", (tmp_path / "etc/passwd").read_text(), re.M)
    _, _, user, group, _, home, shell = line.split(":")
    assert (home, shell) == ("/var/lib/unitwire", "/usr/sbin/nologin")
    assert secret.parent.stat().st_mode & 0o777 == 0o750
    assert secret.stat().st_mode & 0o777 == 0o640
    assert (secret.stat().st_uid, secret.stat().st_gid) == (0, int(group))
    assert user != "0"
