"""The nodes' code, compiled: `PYTHONPATH=tests python -m platforms.n8n.compiled` writes it anew."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from platforms.npm import ROOT, installed

from connector.platforms.n8n import DIST, N8N

HERE: Final = Path(__file__).parent
STATIC: Final = ROOT / "connector" / "platforms" / "n8n" / "static"
COMPILE_S: Final = 120


def with_tools() -> Path:
    """Return the folder with the compiler and the linters, and the package in `package`."""
    folder = installed("n8n", HERE)
    for path, content in N8N.render().items():
        file = folder / "package" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def compiled(tools: Path) -> dict[Path, bytes]:
    """Return what the compiler makes of the sources: path below `dist` to code."""
    compiler = tools / "node_modules" / "typescript" / "bin" / "tsc"
    with tempfile.TemporaryDirectory() as folder:
        said = subprocess.run(
            ["node", str(compiler), "--outDir", folder],
            cwd=tools / "package",
            capture_output=True,
            text=True,
            timeout=COMPILE_S,
        )
        assert said.returncode == 0, said.stdout
        return {file.relative_to(folder): file.read_bytes() for file in Path(folder).rglob("*.js")}


if __name__ == "__main__":
    shutil.rmtree(STATIC / DIST, ignore_errors=True)
    for path, code in compiled(with_tools()).items():
        file = STATIC / DIST / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(code)
