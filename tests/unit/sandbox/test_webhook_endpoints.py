"""Where Stora's pages are silent, what the sandbox decides; the rest is in the contract suite."""

import pytest
import time_machine

GOOD = {"name": "N", "api_version": "2025-09", "url": "https://example.com/h"}


def create(hands, **fields):
    """Create an endpoint."""
    return hands.client.post(
        hands.endpoints, json=GOOD | {"event_types": ["deal.won"]} | fields, headers=hands.bearer()
    )


def test_disabling_again_keeps_the_moment(hands):
    """`disabled_at` says since when; `updated_at` moves with each change."""
    with time_machine.travel(1_740_235_260, tick=False) as clock:
        id = create(hands).json["endpoint"]["id"]
        shown = []
        for what in ("disable", "disable", "enable", "disable"):
            clock.shift(60)
            path = f"{hands.endpoints}/{id}/{what}"
            shown.append(hands.client.post(path, headers=hands.bearer()).json["endpoint"])

    assert [each["disabled_at"] for each in shown] == [
        "2025-02-22T14:42:00Z",
        "2025-02-22T14:42:00Z",
        None,
        "2025-02-22T14:45:00Z",
    ]
    assert shown[-1]["created_at"] == "2025-02-22T14:41:00Z"
    assert shown[-1]["updated_at"] == "2025-02-22T14:45:00Z"


@pytest.mark.parametrize(("length", "status"), [(2000, 201), (2001, 422)])
def test_the_length_of_a_description(hands, length, status):
    """Up to 2,000 characters."""
    assert create(hands, description="d" * length).status_code == status


@pytest.mark.parametrize(("length", "status"), [(100, 201), (101, 422)])
def test_the_length_of_the_list_of_event_types(hands, length, status):
    """Up to 100, repetitions and all."""
    assert create(hands, event_types=["deal.won"] * length).status_code == status


def test_a_known_expansion_only(hands):
    """An endpoint has one relation, its creator."""
    path = f"{hands.endpoints}/{create(hands).json['endpoint']['id']}?expand="

    assert hands.client.get(f"{path}creator", headers=hands.bearer()).status_code == 200
    assert hands.client.get(f"{path}site", headers=hands.bearer()).status_code == 422
