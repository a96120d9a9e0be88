"""What published versions have promised: Zaps that people have made depend on it.

`published.json` lists triggers, creates and searches with the keys of their fields and samples; it
is empty as long as nothing is published. After publishing a version, write it anew:

    python -m connector.platforms.zapier.published > connector/platforms/zapier/published.json
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

KINDS: Final = ("triggers", "creates", "searches")
Promise = Mapping[str, Mapping[str, Mapping[str, list[str]]]]


def rows_of(package: Mapping[str, bytes], kind: str) -> list[dict[str, Any]]:
    """Return the rows of a kind in a package."""
    return [
        json.loads(content)
        for path, content in sorted(package.items())
        if path.startswith(f"{kind}/") and path.endswith(".json")
    ]


def promise_of(package: Mapping[str, bytes]) -> Promise:
    """Return what a package promises: kind → key → {"inputs": [keys], "sample": [keys]}."""
    return {
        kind: {
            row["key"]: {
                "inputs": [field["key"] for field in row["operation"]["inputFields"]],
                "sample": list(row["operation"]["sample"]),
            }
            for row in rows_of(package, kind)
        }
        for kind in KINDS
    }


def published() -> Promise:
    """Return what the published versions promise."""
    text = (files("connector.platforms.zapier") / "published.json").read_text()
    promise: Promise = json.loads(text)
    return promise


def gone(package: Mapping[str, bytes], promise: Promise) -> Iterator[str]:
    """Yield triggers, creates and searches that were promised and are not in `package`."""
    now = promise_of(package)
    for kind in KINDS:
        yield from (f"{kind}/{key}" for key in promise[kind] if key not in now[kind])


def gone_keys(package: Mapping[str, bytes], promise: Promise, part: str) -> Iterator[str]:
    """Yield keys that were promised in a `part` ("inputs", "sample") and are not there any more."""
    now = promise_of(package)
    for kind in KINDS:
        for key, parts in promise[kind].items():
            kept = now[kind].get(key, parts)[part]
            yield from (f"{kind}/{key}: {name}" for name in parts[part] if name not in kept)


if __name__ == "__main__":
    from connector.platforms.zapier import render

    print(json.dumps(promise_of(render()), indent=2))  # noqa: T201
