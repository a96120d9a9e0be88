"""A Redis of one's own, as it comes: snapshots now and then, so a crash of it loses the newest."""

import shutil

from benchmarks.ports import free_port, wait_for
from benchmarks.systems.system import Missing, Place


def start(place: Place) -> str:
    """Start it on the ground of `place` and return its URL; raises Missing."""
    program = shutil.which("redis-server")
    if program is None:
        raise Missing("Redis is not installed: apt-get install redis-server")
    port = free_port()
    place.ground.start([program, "--port", str(port), "--bind", "127.0.0.1"], cwd=place.folder)
    wait_for(port, place.ground)
    return f"redis://127.0.0.1:{port}/0"
