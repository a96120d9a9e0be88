"""The versions of Stora's API that Unitwire speaks. A new one is a new entry, the newest last."""

from dataclasses import dataclass

from connector.catalogue import API_VERSION


@dataclass(frozen=True)
class Version:
    """One version of Stora's API; `name` is its first path segment and webhooks' `api_version`."""

    name: str

    @property
    def prefix(self) -> str:
        """The path that all resources of this version lie under."""
        return f"/{self.name}"


VERSIONS = (Version(API_VERSION),)
CURRENT = VERSIONS[-1]
