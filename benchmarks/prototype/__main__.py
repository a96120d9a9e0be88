"""One of the two processes of the ceiling."""

import sys

from benchmarks.prototype.dispatch import dispatch
from benchmarks.prototype.web import serve_web


def main() -> None:
    """Run one of the two processes."""
    what, database, value = sys.argv[1:]
    if what == "dispatch":
        dispatch(database, value)
    else:
        serve_web(database, int(value), on_threads=what == "threads")


if __name__ == "__main__":
    main()
