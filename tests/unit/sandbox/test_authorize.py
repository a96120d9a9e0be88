"""The authorize page (RFC 6749 section 4.1, RFC 7636)."""

from urllib.parse import parse_qs, urlsplit

import pytest


def sent_back(response):
    """Return address and parameters that the browser is sent back to."""
    assert response.status_code == 303
    url = urlsplit(response.location)
    address = f"{url.scheme}://{url.netloc}{url.path}"
    return address, {key: value for key, [value] in parse_qs(url.query).items()}


def test_the_page_says_who_asks_for_what(hands):
    """In words, with both operators to choose from, and nothing of it is kept by a cache."""
    response = hands.client.get("/oauth2/authorize", query_string=hands.asked())

    assert response.status_code == 200
    for text in ("Unitwire for Stora", "Manage webhook endpoints", "Hilltop Storage", "Refuse"):
        assert text in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_what_is_asked_is_only_text_on_the_page(hands):
    """Markup in a parameter stays text."""
    response = hands.client.get("/oauth2/authorize", query_string=hands.asked(state='"><script>'))

    assert "<script>" not in response.text
    assert "&#34;&gt;&lt;script&gt;" in response.text


def test_the_form_of_the_page_leads_to_a_code(hands):
    """What the page holds in its hidden fields is what the decision needs."""
    page = hands.client.get("/oauth2/authorize", query_string=hands.asked()).text
    for name in hands.asked():
        assert f'name="{name}"' in page
    form = hands.asked() | {"operator": "hilltop", "decision": "allow"}

    address, given = sent_back(hands.client.post("/oauth2/authorize", data=form))
    assert address == hands.partner.redirect_uris[0]
    assert given.keys() == {"code", "state"}
    assert given["state"] == "the state & more"
    assert len(given["code"]) == 43


def test_a_redirect_uri_keeps_its_query(hands):
    """The answer is added to it (RFC 6749 section 3.1.2)."""
    hands.client.put("/_sandbox/partner", json={"redirect_uris": ["https://a.example/cb?x=1"]})
    form = hands.asked(redirect_uri="https://a.example/cb?x=1") | {"decision": "refuse"}

    response = hands.client.post("/oauth2/authorize", data=form)
    assert response.location.startswith("https://a.example/cb?x=1&error=access_denied&")


def test_refusing_is_told_to_the_client(hands):
    """`access_denied`, with the state."""
    form = hands.asked() | {"operator": "harbour", "decision": "refuse"}

    _, given = sent_back(hands.client.post("/oauth2/authorize", data=form))
    assert (given["error"], given["state"]) == ("access_denied", "the state & more")
    assert "code" not in given


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": "harbour-id"},
        {"redirect_uri": None},
        {"redirect_uri": "https://unitwire.example/connect/callback/"},
        {"redirect_uri": "https://unitwire.example/connect/callback?x"},
        {"redirect_uri": "https://unitwire.example/connect/callback#x"},
        {"redirect_uri": "https://UNITWIRE.example/connect/callback"},
        {"redirect_uri": "https://unitwire.example.evil.example/connect/callback"},
        {"redirect_uri": "http://unitwire.example/connect/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"state": ["a", "b"]},
        {"scope": ["public.site:read", "public.site:read"]},
        {"state": "s" * 8193},
    ],
)
def test_an_address_that_is_not_proven_gets_nothing(hands, changes):
    """The fault is told on the page; the browser is not sent anywhere."""
    asked = hands.asked(**changes)
    for response in (
        hands.client.get("/oauth2/authorize", query_string=asked),
        hands.client.post("/oauth2/authorize", data=asked | {"decision": "allow"}),
    ):
        assert response.status_code == 400
        assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "public.contact:read public.everything:write"}, "invalid_scope"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "c" * 42}, "invalid_request"),
        ({"code_challenge": "c" * 44}, "invalid_request"),
        ({"code_challenge": "c" * 42 + "="}, "invalid_request"),
    ],
)
def test_other_faults_are_told_to_the_client(hands, changes, error):
    """By the browser, with the state, and again when the form is sent."""
    asked = hands.asked(**changes)
    for response in (
        hands.client.get("/oauth2/authorize", query_string=asked),
        hands.client.post("/oauth2/authorize", data=asked | {"decision": "allow"}),
    ):
        _, given = sent_back(response)
        assert (given["error"], given["state"]) == (error, "the state & more")
        assert "code" not in given


def test_an_unknown_operator_cannot_be_chosen(hands):
    """No code without a tenant."""
    form = hands.asked() | {"operator": "nobody", "decision": "allow"}

    assert hands.client.post("/oauth2/authorize", data=form).status_code == 400
