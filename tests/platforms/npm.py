"""npm packages for the proofs, installed once into `.cache/platforms/`, exactly as locked."""

import hashlib
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "platforms"
MANIFESTS = ROOT / "manifests"
LOCK = "package-lock.json"
INSTALL_S = 300


def installed(name: str, source: Path) -> Path:
    """Return a folder with the package in `source` and its dependencies.

    They are installed anew when the lock changes; the package's own files are always fresh.
    """
    lock = (source / LOCK).read_bytes()
    assert b"://" not in lock.replace(b'"url": "https://', b""), "the lock names a registry"
    folder = CACHE / f"{name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    done = folder / "node_modules" / ".installed"
    _copy(source, folder)
    if not done.exists():
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=folder, check=True, timeout=INSTALL_S)
        done.touch()
    return folder


def _copy(source: Path, folder: Path) -> None:
    for old in folder.iterdir() if folder.exists() else ():
        if old.name != "node_modules":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    shutil.copytree(
        source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules")
    )
