"""What one builder wants."""

from dataclasses import dataclass


@dataclass
class Wish:
    """What a builder wants of one workflow, and whether it has been told that it is so."""

    external_id: str
    event_types: list[str]
    endpoint_id: str = ""
    alive: bool = True
    on: bool = True
    told: bool = False
    meddled: bool = False  # was ever off, gone or listening to other events

    @property
    def url(self) -> str:
        """Where its workflow listens."""
        return f"https://flow.example.com/{self.external_id}"
