"""Node, which runs JavaScript in tests: they are skipped where it is missing, but never in CI."""

import os
import shutil

import pytest

IS_HERE = shutil.which("node") is not None and shutil.which("npm") is not None

needs_node = pytest.mark.skipif(
    not IS_HERE and "CI" not in os.environ, reason="Node and npm are not installed"
)
