"""Contacts, and the proof of who they are."""

import pytest

from connector.sandbox.business.bodies import MAX_LONG_TEXT, MAX_TEXT

WHOLE = {
    "full_name": "Mira Stone",
    "email": "mira@example.com",
    "phone_number": "+447700900199",
    "tax_id": "GB123456789",
    "company_registration_number": "01234567",
    "address": {"line_1": "1 High Street", "city": "Bath", "country_alpha2": "GB"},
    "type": "company",
    "marketing_source": "recommendation",
    "source": "walkin",
    "use_case": "more_space",
    "metadata": {"external_id": "crm_12345", "source": "zapier"},
}


def test_a_new_contact_is_a_lead(shop):
    """Everything that was sent is kept; what was not is null, with its key."""
    contact = shop.done("POST", "/contacts", WHOLE)

    address = {"line_2": None, "postal_code": None, "state": None, **WHOLE["address"]}
    assert {key: contact[key] for key in WHOLE} == WHOLE | {"address": address}
    assert (contact["status"], contact["tenancies_count"]) == ("lead", 0)
    assert shop.new_contact("poor@example.com")["address"] is None


@pytest.mark.parametrize("email", ["mira@example.com", "MIRA@Example.com"])
def test_no_two_contacts_share_an_address(shop, stranger, email):
    """409 on making and on changing; a contact may keep its own, a stranger's is no matter."""
    mine = shop.new_contact()
    other = shop.new_contact("other@example.com")
    stranger.new_contact()
    body = {"email": email, "full_name": "Somebody"}

    assert shop.refused("POST", "/contacts", body, 409)["code"] == "conflict"
    shop.refused("PATCH", f"/contacts/{other['id']}", {"email": email}, 409)
    assert shop.done("PATCH", f"/contacts/{mine['id']}", {"email": email})["email"] == email


def test_a_change_names_what_changes(shop):
    """Null clears, an address and metadata are merged, what is not named stays."""
    id = shop.done("POST", "/contacts", WHOLE)["id"]
    change = {
        "type": None,
        "address": {"line_1": "2 High Street", "city": None},
        "metadata": {"external_id": None, "crm": "7"},
    }
    contact = shop.done("PATCH", f"/contacts/{id}", change)
    assert contact["type"] is None
    assert contact["address"]["line_1"] == "2 High Street"
    assert (contact["address"]["city"], contact["address"]["country_alpha2"]) == (None, "GB")
    assert contact["metadata"] == {"source": "zapier", "crm": "7"}
    assert contact["full_name"] == "Mira Stone"

    contact = shop.done("PATCH", f"/contacts/{id}", {"metadata": {}, "address": None})
    assert (contact["metadata"], contact["address"]) == ({}, None)


def test_metadata_has_twenty_keys_at_most(shop):
    """Also after a merge."""
    metadata = {f"k{number}": "v" for number in range(20)}
    id = shop.done("POST", "/contacts", WHOLE | {"metadata": metadata})["id"]

    assert shop.pointers("PATCH", f"/contacts/{id}", {"metadata": {"one_more": "v"}}) == [
        "/metadata"
    ]
    shop.done("PATCH", f"/contacts/{id}", {"metadata": {"one_more": "v", "k0": None}})


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"email": "nobody"}, ["/email"]),
        ({"email": None}, ["/email"]),
        ({"full_name": ""}, ["/full_name"]),
        ({"full_name": 5}, ["/full_name"]),
        ({"full_name": "x" * (MAX_TEXT + 1)}, ["/full_name"]),
        ({"full_name": "a\x00b"}, ["/full_name"]),
        ({"type": "robot"}, ["/type"]),
        ({"source": "space"}, ["/source"]),
        ({"address": "Bath"}, ["/address"]),
        ({"address": {"planet": "Earth"}}, ["/address/planet"]),
        ({"metadata": {"UPPER": "v"}}, ["/metadata/UPPER"]),
        ({"metadata": {"k": 5}}, ["/metadata/k"]),
        ({"metadata": {"k": None}}, ["/metadata/k"]),
        ({"metadata": None}, ["/metadata"]),
        ({"status": "customer"}, ["/status"]),
        ({"email": 5, "type": 5}, ["/email", "/type"]),
    ],
)
def test_a_wrong_contact_is_refused(shop, change, pointers):
    """422 with the pointer of every fault, and nothing is made."""
    assert sorted(shop.pointers("POST", "/contacts", WHOLE | change)) == pointers


def test_texts_have_a_length(shop):
    """As long as allowed, not one longer."""
    shop.done("POST", "/contacts", WHOLE | {"full_name": "x" * MAX_TEXT})
    note = {"content": "x" * MAX_LONG_TEXT, "resource": {"id": shop.one("contact")["id"]}}
    shop.done("POST", "/notes", note)
    longer = note | {"content": "x" * (MAX_LONG_TEXT + 1)}
    assert shop.pointers("POST", "/notes", longer) == ["/content"]


def test_a_contact_with_tenancies_cannot_be_deleted(shop):
    """409; one without is gone, and a second time there is none."""
    for status in ("customer", "churned"):
        id = shop.one("contact", status=status)["id"]
        assert shop.refused("DELETE", f"/contacts/{id}", None, 409)["code"] == "conflict"

    id = shop.new_contact()["id"]
    response = shop.call("DELETE", f"/contacts/{id}")
    assert response.json["success"] == {"message": "Contact deleted successfully."}
    shop.refused("DELETE", f"/contacts/{id}", None, 404)


def test_an_identity_is_decided_once(shop):
    """A failed one says why; a decided one cannot be decided again."""
    contact = shop.new_contact()
    started = shop.play("verify", contact["id"])["identity_verification"]
    assert (started["status"], started["error_code"]) == ("processing", None)

    failed = shop.play("fail", started["id"])["identity_verification"]
    assert (failed["status"], failed["error_code"]) == ("failed", "document_expired")
    for verb in ("succeed", "fail", "cancel"):
        assert shop.play(verb, started["id"], 409)["error"]["code"] == "conflict"
