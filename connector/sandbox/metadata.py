"""Metadata is changed by merge patch (RFC 7386), under Stora's rules (Stora page: guides/metadata).

Named keys change, null removes a key, `{}` clears all.
"""

from collections.abc import Mapping
from typing import Any

from connector.catalogue.fields import METADATA_KEYS
from connector.errors import InvalidContent


def merged(document: Mapping[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the changes `wanted` to a document, with its metadata as it is after the patch."""
    if "metadata" not in wanted:
        return wanted
    return wanted | {"metadata": merge(document["metadata"], wanted["metadata"])}


def merge(old: Mapping[str, str], patch: Mapping[str, str | None]) -> dict[str, str]:
    """Return `old` with `patch` applied; raise `InvalidContent` when that makes too many keys."""
    if not patch:
        return {}
    merged = {key: text for key, text in {**old, **patch}.items() if text is not None}
    if len(merged) > METADATA_KEYS:
        raise InvalidContent(
            details=[
                {"pointer": "/metadata", "message": f"Must have at most {METADATA_KEYS} keys."}
            ]
        )
    return merged
