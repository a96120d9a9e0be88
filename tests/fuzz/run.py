"""Fuzz one target with atheris, led by coverage: PYTHONPATH=tests python -m fuzz.run TARGET OPTIONS

The corpus of the target is the start. New inputs that reach new code go to a folder among the
options, if there is one, so that the next run begins with them. Options are libFuzzer's, such as
`-runs=100000` or `-max_total_time=600`.
The process ends with 77 and prints the input when a law is broken.
"""

import logging
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

CORPUS = Path(__file__).parent / "corpus"


def main(target: str, options: list[str]) -> None:
    """Fuzz until the options say that it is enough; does not return."""
    logging.disable()
    with atheris.instrument_imports(include=["connector"]), ExitStack() as stack:
        from fuzz.door import open_door
        from fuzz.parsers import PARSERS

        targets = dict(PARSERS)
        if target not in targets:
            targets |= stack.enter_context(open_door()).targets
        law = targets[target]
        switches = [option for option in options if option.startswith("-")]
        folders = [option for option in options if not option.startswith("-")]
        # libFuzzer writes to the first folder, which must not be the corpus.
        folders = folders or [stack.enter_context(TemporaryDirectory())]
        atheris.Setup(
            [sys.argv[0], *switches, *folders, str(CORPUS / target)],
            lambda data: law(data),
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
