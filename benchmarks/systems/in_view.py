"""Flask that posts inside the view."""

from collections.abc import Sequence

from benchmarks.systems import flask_peer
from benchmarks.systems.system import Bare, Command, Place


class InView(Bare):
    """Nothing is kept, so Stora has to try again whenever the workflow is away."""

    promises = "keeps nothing: acknowledged when the workflow has it"
    path = flask_peer.PATH

    def __init__(self, server: str) -> None:
        self.name, self.server = "Flask, POST in the view", server

    def web(self, place: Place) -> Sequence[Command]:
        """Return the web server."""
        return [flask_peer.web(self.server, "in_view", place, {"TARGET": place.target})]
