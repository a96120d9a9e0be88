"""A token is renewed in time, and a lost answer costs no connection."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from account import Stora, the
from unit.stora.renewal import TOKEN, expire, secrets, set_row, works

from connector import errors
from connector.flows import refresh
from connector.flows.call import call_stora
from connector.flows.connect import connect_access_token, connect_client_credentials
from connector.flows.parts import Parts
from connector.flows.refresh import AHEAD_MS, access_token
from connector.world import now_ms

# ---- when --------------------------------------------------------------------------------------


def test_a_fresh_token_is_used_as_it_is(parts: Parts, stora: Stora, connection_id: str) -> None:
    """While there are more than five minutes left Stora is not asked."""
    set_row(parts, connection_id, expires_at=now_ms() + AHEAD_MS + 5_000)
    old = secrets(parts, connection_id)["access_token"]
    assert access_token(parts, connection_id) == old
    assert stora.calls("POST", TOKEN) == 0


def test_a_token_is_renewed_ahead_of_its_end(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """With less than five minutes left both tokens are replaced, in the same row at once."""
    set_row(parts, connection_id, expires_at=now_ms() + AHEAD_MS - 1)
    old = secrets(parts, connection_id)
    token = access_token(parts, connection_id)
    kept = secrets(parts, connection_id)
    assert token == kept["access_token"] != old["access_token"]
    assert kept["refresh_token"] != old["refresh_token"]
    row = the(parts, connection_id)
    assert row.expires_at > now_ms() + 7_000_000
    assert (row.refresh_lease, row.refresh_until) == (None, None)


@pytest.mark.parametrize("stora_options", [{"token_s": 5}, {"token_s": 60}])
def test_a_token_that_lives_for_seconds_is_renewed_once_a_call(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """A new token that is already near its end is used, not renewed again and again."""
    assert works(stora, access_token(parts, connection_id))
    assert stora.calls("POST", TOKEN) == 1


def test_a_token_that_stora_refused_is_renewed(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """A stale token is replaced though its time is not over, and a replaced one is not stale."""
    old = secrets(parts, connection_id)["access_token"]
    new = access_token(parts, connection_id, stale=old)
    assert new != old
    assert access_token(parts, connection_id, stale=old) == new
    assert stora.calls("POST", TOKEN) == 1


def test_a_failed_early_refresh_is_no_failure(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """Ahead of the end the old token still works, so trouble at Stora is only noted.

    Nobody else tries again for half a minute.
    """
    set_row(parts, connection_id, expires_at=now_ms() + 60_000)
    old = secrets(parts, connection_id)["access_token"]
    stora.fail(kind="500", path=TOKEN, times=10)
    assert access_token(parts, connection_id) == old
    assert access_token(parts, connection_id) == old
    assert stora.calls("POST", TOKEN) == 1


def test_a_failed_late_refresh_is_a_failure(parts: Parts, stora: Stora, connection_id: str) -> None:
    """Once the token is over there is nothing to go on with; the next caller may try at once."""
    expire(parts, connection_id)
    stora.fail(kind="500", path=TOKEN)
    with pytest.raises(errors.StoraUnavailable):
        access_token(parts, connection_id)
    assert works(stora, access_token(parts, connection_id))


def test_a_429_at_the_token_endpoint_is_passed_on(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """The caller learns how long to wait, and the connection stays active."""
    expire(parts, connection_id)
    stora.fail(kind="429", path=TOKEN, seconds=30)
    with pytest.raises(errors.TooManyRequests) as caught:
        access_token(parts, connection_id)
    assert caught.value.retry_after
    assert 25 <= caught.value.retry_after <= 30
    assert works(stora, access_token(parts, connection_id))


# ---- what it brings ----------------------------------------------------------------------------


def test_a_renewal_is_noted_and_keeps_the_scopes_that_it_does_not_name(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row says when it changed; scopes go only when Stora names others."""
    before = the(parts, connection_id).scopes
    set_row(parts, connection_id, updated_at=1)
    expire(parts, connection_id)
    real = refresh.auth.refresh
    monkeypatch.setattr(refresh.auth, "refresh", lambda *args: replace(real(*args), scopes=()))
    access_token(parts, connection_id)
    row = the(parts, connection_id)
    assert before
    assert row.scopes == before
    assert row.updated_at > 1

    set_row(parts, connection_id, updated_at=1)
    expire(parts, connection_id)
    stora.end_tokens("revoke")
    with pytest.raises(errors.NeedsReauth):
        access_token(parts, connection_id)
    assert the(parts, connection_id).updated_at > 1


def test_a_renewal_may_bring_fewer_scopes(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Stora names is what the connection may do from now on."""
    expire(parts, connection_id)
    real, fewer = refresh.auth.refresh, ("public.contact:read",)
    monkeypatch.setattr(refresh.auth, "refresh", lambda *args: replace(real(*args), scopes=fewer))
    access_token(parts, connection_id)
    assert the(parts, connection_id).scopes == "public.contact:read"


def test_a_refresh_that_gives_no_new_refresh_token_keeps_the_old(
    parts: Parts, stora: Stora, connection_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without rotation, and without scopes in the answer, what is known stays."""
    expire(parts, connection_id)
    old, before = secrets(parts, connection_id), the(parts, connection_id)
    grant = refresh.Grant("new-token", None, None, ())
    monkeypatch.setattr(refresh.auth, "refresh", lambda *args: grant)
    assert access_token(parts, connection_id) == "new-token"
    assert secrets(parts, connection_id)["refresh_token"] == old["refresh_token"]
    assert the(parts, connection_id).scopes == before.scopes
    assert the(parts, connection_id).expires_at is None


def test_no_secret_is_in_a_printed_object(parts: Parts, connection_id: str) -> None:
    """What holds tokens can land in a traceback or a log without telling them (law 4)."""
    held = refresh.hold(parts, connection_id)
    kept = secrets(parts, connection_id)
    client = refresh.client_of(parts, held.credentials)
    grant = refresh.Grant(kept["access_token"], kept["refresh_token"], None, ())
    printed = repr((held, client, grant))
    for secret in (*kept.values(), client.secret):
        assert secret not in printed


# ---- lost answers, ended grants ----------------------------------------------------------------


def test_a_lost_answer_is_asked_for_again(parts: Parts, stora: Stora, connection_id: str) -> None:
    """When Stora's answer to a refresh is lost, the old refresh token brings another one."""
    expire(parts, connection_id)
    stora.fail(kind="lost_answer", path=TOKEN)
    token = access_token(parts, connection_id)
    assert works(stora, token)
    assert stora.calls("POST", TOKEN) == 2
    assert the(parts, connection_id).status == "active"
    assert call_stora(parts, connection_id, "GET", "/webhook_endpoints").status == 200


def test_two_lost_answers_leave_the_connection_active(
    parts: Parts, stora: Stora, connection_id: str
) -> None:
    """A refresh that gets no answer at all fails for now; the next one may succeed (law 5)."""
    expire(parts, connection_id)
    stora.fail(kind="lost_answer", path=TOKEN, times=2)
    with pytest.raises(errors.StoraUnavailable):
        access_token(parts, connection_id)
    assert the(parts, connection_id).status == "active"
    assert works(stora, access_token(parts, connection_id))


def test_a_revoked_grant_needs_a_person(parts: Parts, stora: Stora, connection_id: str) -> None:
    """`invalid_grant` ends the connection with a reason, and later callers do not ask Stora."""
    expire(parts, connection_id)
    stora.end_tokens("revoke")
    for _ in range(2):
        with pytest.raises(errors.NeedsReauth):
            access_token(parts, connection_id)
    row = the(parts, connection_id)
    assert (row.status, row.refresh_lease, row.refresh_until) == ("needs_reauth", None, None)
    assert row.status_reason == "Stora says that the authorisation is no longer valid."
    assert stora.calls("POST", TOKEN) == 1


def test_a_refused_installation_is_not_the_operators_fault(
    parts: Parts, stora: Stora, connection_id: str, more_parts: Callable[[], Parts]
) -> None:
    """A wrong client secret of ours leaves every connection active."""
    application = stora.sandbox.access.application("partner-id")
    stora.sandbox.access.keep_application({**(application or {}), "secret": "rotated"})
    expire(parts, connection_id)
    with pytest.raises(errors.StoraRefused, match="client secret"):
        access_token(parts, connection_id)
    row = the(parts, connection_id)
    assert (row.status, row.refresh_lease) == ("active", None)


# ---- other kinds -------------------------------------------------------------------------------


def test_client_credentials_fetch_a_new_token(parts: Parts, stora: Stora) -> None:
    """The operator's own application is asked again, without a refresh token."""
    connection_id = connect_client_credentials(parts, "harbour-id", "harbour-secret")
    old = secrets(parts, connection_id)
    expire(parts, connection_id)
    token = access_token(parts, connection_id)
    assert token != old["access_token"]
    assert secrets(parts, connection_id) == {**old, "access_token": token}


def test_an_own_application_that_is_gone_needs_a_person(parts: Parts, stora: Stora) -> None:
    """When the operator removed the application, the connection says so."""
    connection_id = connect_client_credentials(parts, "harbour-id", "harbour-secret")
    application = stora.sandbox.access.application("harbour-id")
    stora.sandbox.access.keep_application({**(application or {}), "secret": "other"})
    expire(parts, connection_id)
    with pytest.raises(errors.NeedsReauth):
        access_token(parts, connection_id)
    row = the(parts, connection_id)
    assert row.status == "needs_reauth"
    assert "client secret" in row.status_reason


def test_an_access_token_cannot_be_renewed(parts: Parts, stora: Stora) -> None:
    """A token made by hand is used to its end, and then a person has to bring another."""
    connection_id = connect_access_token(parts, "harbour-token")
    set_row(parts, connection_id, expires_at=now_ms() + 60_000)
    assert access_token(parts, connection_id) == "harbour-token"
    expire(parts, connection_id)
    with pytest.raises(errors.NeedsReauth):
        access_token(parts, connection_id)
    row = the(parts, connection_id)
    assert row.status == "needs_reauth"
    assert row.status_reason == "Stora no longer accepts the access token."


def test_an_unknown_connection_is_unknown(parts: Parts) -> None:
    """There is no token for a connection that does not exist."""
    with pytest.raises(errors.NotFound):
        access_token(parts, "conn_unknown")


def test_ending_leaves_a_reconnected_one_alone(
    parts: Parts, stora: Stora, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who finds a token refused after the operator has just brought another goes on with that."""
    connection_id = connect_access_token(parts, "harbour-token")
    real = refresh.hold
    seen = [real(parts, connection_id)]
    another = parts.vault.seal(refresh.Credentials("another").to_json())
    set_row(parts, connection_id, credentials_sealed=another)
    monkeypatch.setattr(refresh, "hold", lambda *args: seen.pop() if seen else real(*args))
    assert access_token(parts, connection_id, stale="harbour-token") == "another"
    assert the(parts, connection_id).status == "active"
