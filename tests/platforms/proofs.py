"""What was proven, written down: `docs/platforms/proofs.json`, from which the README's table comes.

{"zapier": {"auth": "…", "instant trigger": "…", …, "proven with": "…"}}
"""

import fcntl
import json
from pathlib import Path

PROOFS = Path(__file__).parents[2] / "docs" / "platforms" / "proofs.json"


def record(
    slug: str, *, auth: str, trigger: str, actions: str, searches: str, dropdowns: str, engine: str
) -> None:
    """Write down what the proof of a platform has shown; texts for the cells of the table."""
    PROOFS.parent.mkdir(parents=True, exist_ok=True)
    with PROOFS.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = json.loads(PROOFS.read_text()) if PROOFS.exists() else {}
        known[slug] = {
            "auth": auth,
            "instant trigger": trigger,
            "actions": actions,
            "searches": searches,
            "dropdowns": dropdowns,
            "proven with": engine,
        }
        PROOFS.write_text(json.dumps(known, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    PROOFS.with_suffix(".lock").unlink(missing_ok=True)
