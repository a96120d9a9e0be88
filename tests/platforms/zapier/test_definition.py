"""What Zapier reads before anything runs: the definition."""

from platforms.zapier.engine import Zapier

from connector.catalogue.actions import ACTIONS
from connector.catalogue.events import EVENT_TYPES
from connector.platforms.triggers import NAMED
from connector.platforms.wording import snake_case
from connector.platforms.zapier import CORE
from connector.platforms.zapier.rows import LEFT_OUT


def test_the_platforms_schema_finds_no_fault(zapier: Zapier) -> None:
    """The definition is valid, for exactly the core that the package asks for."""
    assert zapier.faults() == []
    assert zapier.definition["platformVersion"] == CORE


def test_nothing_of_the_catalogue_is_missing(zapier: Zapier) -> None:
    """Each action is a create, each search a search, each event can start a Zap."""
    ours = {action.key: action.kind for action in ACTIONS if action.key not in LEFT_OUT}
    assert set(zapier.definition["creates"]) == {key for key in ours if ours[key] == "action"}
    assert set(zapier.definition["searches"]) == {key for key in ours if ours[key] == "search"}
    assert set(zapier.definition["triggers"]) == {
        *(snake_case(event.type) for event in NAMED),
        "event",
    }


def test_any_event_offers_all_event_types(zapier: Zapier) -> None:
    """The trigger on any event has the whole picklist, as one page."""
    chosen = "triggers.event.operation.inputFields.0.choices.perform"
    page = zapier.run(chosen, inputData={})
    assert [each["id"] for each in page["results"]] == list(EVENT_TYPES)
    assert page["paging_token"] is None


def test_every_trigger_subscribes_by_itself(zapier: Zapier) -> None:
    """No trigger is a static hook, which public integrations may not have."""
    for trigger in zapier.definition["triggers"].values():
        functions = {"perform", "performList", "performSubscribe", "performUnsubscribe"}
        assert functions <= set(trigger["operation"])
