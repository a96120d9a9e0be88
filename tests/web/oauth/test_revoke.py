"""Revocation (RFC 7009)."""

from collections.abc import Callable
from typing import Any

import pytest
import stage

from connector.store.tables import audit


def test_a_refresh_token_takes_its_family_along(builder: Any, refused: Callable[..., None]) -> None:
    """RFC 7009 section 2.1: the access tokens of the same grant end as well."""
    first = builder.connect()
    second = builder.refresh(first["refresh_token"]).json
    answer = builder.revoke(second["refresh_token"])
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    for given in (first, second):
        assert not builder.works(given["access_token"])
    refused(builder.refresh(second["refresh_token"]), "invalid_grant")
    assert stage.rows(builder.parts, audit)[-1].actor == builder.client.id


def test_a_spent_refresh_token_takes_its_family_along(builder: Any) -> None:
    """An old refresh token names the same grant."""
    first = builder.connect()
    second = builder.refresh(first["refresh_token"]).json
    builder.revoke(first["refresh_token"])
    assert not builder.works(second["access_token"])


def test_an_access_token_ends_alone(builder: Any) -> None:
    """The refresh token and other access tokens stay good."""
    first = builder.connect()
    second = builder.refresh(first["refresh_token"]).json
    assert builder.revoke(first["access_token"]).status_code == 200
    assert not builder.works(first["access_token"])
    assert builder.works(second["access_token"])
    assert builder.refresh(second["refresh_token"]).status_code == 200


@pytest.mark.parametrize("token", ["unknown", "a" * 43])
def test_an_unknown_token_is_no_error(builder: Any, token: str) -> None:
    """RFC 7009 section 2.2: 200, since the client wants it gone and it is."""
    assert builder.revoke(token).status_code == 200


def test_revoking_twice_is_no_error(builder: Any) -> None:
    """The second time there is nothing left to do."""
    given = builder.connect()
    for token in (given["access_token"], given["refresh_token"]) * 2:
        assert builder.revoke(token).status_code == 200


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "something_else"])
def test_a_wrong_hint_does_not_matter(builder: Any, hint: str) -> None:
    """RFC 7009 section 2.1: the server looks further when the hint does not help."""
    given = builder.connect()
    builder.revoke(given["refresh_token"], token_type_hint=hint)
    assert not builder.works(given["access_token"])


def test_only_its_own_client_revokes_a_token(
    make_builder: Any, refused: Callable[..., None]
) -> None:
    """RFC 7009 section 2.1: a token of another client is refused, and stays good."""
    zapier, other = make_builder(), make_builder()
    given = zapier.connect()
    for name in ("access_token", "refresh_token"):
        refused(other.revoke(given[name]), "invalid_grant")
    assert zapier.works(given["access_token"])
    assert zapier.refresh(given["refresh_token"]).status_code == 200
