"""What nobody waits for: one thread that does it, each thing once however often it is asked for."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor

import structlog

from connector.errors import UnitwireError

log = structlog.get_logger()


class Background:
    """One thread beside those that answer requests; it starts with the first work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queued: set[Hashable] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="unitwire-background")

    def do(self, name: Hashable, work: Callable[[], object]) -> bool:
        """Do `work` soon; False when work of this name waits or is being done already."""
        with self._lock:
            if name in self._queued:
                return False
            self._queued.add(name)

        def run() -> None:
            try:
                work()
            except UnitwireError as problem:
                log.warning("background_work_failed", work=str(name), problem=problem.message)
            except Exception:
                log.exception("background_work_failed", work=str(name))
            finally:
                with self._lock:
                    self._queued.discard(name)

        self._pool.submit(run)
        return True

    def busy(self, name: Hashable) -> bool:
        """Whether work of this name waits or is being done."""
        with self._lock:
            return name in self._queued

    def close(self) -> None:
        """Let what is being done end; forget what waits."""
        self._pool.shutdown(cancel_futures=True)
