"""Whatever bytes a stranger sends, no parser and no route does what it must not (see the targets).

Inputs are the corpus, pieces of it put together anew, and anything at all. FUZZ_EXAMPLES says how
many for each target.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fuzz.door import Door, open_door
from fuzz.parsers import PARSERS
from fuzz.test_atheris import RUNS
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).parent / "corpus"
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "100"))
DOOR = ("oauth", "headers", "queries", "paths", "hooks")


@pytest.fixture(scope="session")
def door() -> Iterator[Door]:
    """A whole installation, behind its intake."""
    with open_door() as opened:
        yield opened


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_keeps_its_law(name: str) -> None:
    """No input makes a parser raise what it should not, or mean two things."""
    tried(name, PARSERS[name], 5 * EXAMPLES)


@pytest.mark.parametrize("name", DOOR)
def test_a_route_keeps_its_law(name: str, door: Door) -> None:
    """No request is answered with a 5xx or with an error in another shape."""
    tried(name, door.targets[name], EXAMPLES)


def test_every_target_has_a_corpus_and_every_corpus_a_target(door: Door) -> None:
    """What is in the corpus is tried."""
    assert {folder.name for folder in CORPUS.iterdir()} == {*PARSERS, *door.targets}
    assert door.targets.keys() == set(DOOR)
    assert RUNS.keys() == {*PARSERS, *DOOR}


def tried(name: str, target: Callable[[bytes], None], examples: int) -> None:
    """Call the target with its whole corpus and `examples` inputs more."""
    known = [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]
    for data in known:
        target(data)
    pieces = sorted({piece for data in known for piece in re.split(rb"(\W)", data) if piece})
    mixed = st.lists(st.sampled_from(pieces) | st.binary(max_size=4), max_size=40).map(b"".join)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mixed | st.binary(max_size=300) | st.text(max_size=100).map(encoded))
    @example(b"")
    def run(data: bytes) -> None:
        target(data)

    run()


def encoded(text: str) -> bytes:
    """Return any text as UTF-8."""
    return text.encode("utf-8", "surrogatepass")
