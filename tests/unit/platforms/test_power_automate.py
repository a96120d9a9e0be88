"""What Microsoft demands of a connector: ours has it, and each rule finds what breaks it."""

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator
from platforms.broken import Break, found_in

from connector.platforms.power_automate import POWER_AUTOMATE
from connector.platforms.power_automate.rules import DEFINITION, PROPERTIES
from connector.platforms.rules import faults

PACKAGE = POWER_AUTOMATE.render()
DOCUMENT: dict[str, Any] = json.loads(PACKAGE[DEFINITION])


def test_the_package_breaks_no_rule() -> None:
    """All rules hold, the definition is valid Swagger 2.0, and rendering again is the same."""
    assert list(faults(POWER_AUTOMATE.rules, PACKAGE)) == []
    assert POWER_AUTOMATE.render() == PACKAGE
    OpenAPIV2SpecValidator(DOCUMENT).validate()


def test_triggers_in_the_words_of_a_flow() -> None:
    """A named trigger listens to its one event, unseen; the one on any event lets one choose."""
    named = DOCUMENT["paths"]["/on/invoice_paid"]["post"]
    assert named["operationId"] == "OnInvoicePaid"
    assert named["summary"] == "When an invoice is paid"
    types = named["parameters"][0]["schema"]["properties"]["event_types"]
    assert (types["default"], types["x-ms-visibility"]) == (["invoice.paid"], "internal")
    free = DOCUMENT["paths"]["/on/any_event"]["post"]["parameters"][0]["schema"]["properties"]
    assert len(free["event_types"]["items"]["enum"]) == 50
    assert "default" not in free["event_types"]


def test_a_site_narrows_the_units_in_both_ways_of_saying_it() -> None:
    """Beside a site, the choices of a unit type depend on it; without one they do not."""
    form = DOCUMENT["paths"]["/2025-09/actions/create_deal"]["post"]["parameters"][0]["schema"]
    field = form["properties"]["unit_type_id"]
    assert field["x-ms-dynamic-list"]["parameters"] == {
        "name": {"value": "unit_types"},
        "site": {"parameterReference": "body/site_id"},
    }
    assert field["x-ms-dynamic-values"]["parameters"] == {
        "name": "unit_types",
        "site": {"parameter": "site_id"},
    }
    alone = DOCUMENT["paths"]["/2025-09/actions/get_unit"]["post"]["parameters"][0]["schema"]
    assert alone["properties"]["unit_id"]["x-ms-dynamic-values"]["parameters"] == {"name": "units"}


def _post(document: dict[str, Any], path: str = "/2025-09/actions/create_deal") -> dict[str, Any]:
    operation: dict[str, Any] = document["paths"][path]["post"]
    return operation


def _field(document: dict[str, Any], key: str = "site_id") -> dict[str, Any]:
    field: dict[str, Any] = _post(document)["parameters"][0]["schema"]["properties"][key]
    return field


def _trigger(document: dict[str, Any]) -> dict[str, Any]:
    return _post(document, "/on/deal_won")


BREAKS: list[tuple[str, Break, set[str]]] = [
    (DEFINITION, lambda d: d["info"].update(title="Unitwire connector"), {"P001"}),
    (DEFINITION, lambda d: d["info"].update(title="U" * 31), {"P001"}),
    (DEFINITION, lambda d: d["info"].update(description="Short."), {"P001"}),
    (DEFINITION, lambda d: d["info"].pop("contact"), {"P001"}),
    (DEFINITION, lambda d: _post(d).update(operationId="create-deal"), {"P002", "P011"}),
    (DEFINITION, lambda d: _post(d).update(operationId="WinDeal"), {"P002", "P011"}),
    (DEFINITION, lambda d: _post(d).update(summary="Create deal."), {"P003"}),
    (DEFINITION, lambda d: _post(d).update(summary="C" * 81), {"P003"}),
    (DEFINITION, lambda d: _post(d).update(description="Create deal"), {"P003"}),
    (DEFINITION, lambda d: _post(d)["responses"]["200"].pop("schema"), {"P004"}),
    (DEFINITION, lambda d: _field(d).pop("x-ms-summary"), {"P005"}),
    (DEFINITION, lambda d: _field(d).update(description=_field(d)["x-ms-summary"]), {"P005"}),
    (DEFINITION, lambda d: _field(d).update({"x-ms-summary": "site"}), {"P005"}),
    (DEFINITION, lambda d: _field(d).update({"x-ms-visibility": "hidden"}), {"P006"}),
    (DEFINITION, lambda d: _field(d, "name").update({"x-ms-visibility": "internal"}), {"P006"}),
    (DEFINITION, lambda d: _field(d).update(anyOf=[]), {"P007"}),
    (DEFINITION, lambda d: _field(d).update(type=["string", "null"]), {"P007"}),
    (DEFINITION, lambda d: _field(d).update(format="email"), {"P007"}),
    (DEFINITION, lambda d: _field(d).update({"x-ms-enum-values": [{"value": "a"}]}), {"P007"}),
    (DEFINITION, lambda d: _post(d).update({"x-ms-capabilities": {}}), {"P008"}),
    (DEFINITION, lambda d: _trigger(d).update({"x-ms-trigger": "many"}), {"P009"}),
    (DEFINITION, lambda d: _trigger(d)["responses"]["201"].pop("headers"), {"P009"}),
    (DEFINITION, lambda d: d["paths"]["/on/deal_won"].pop("x-ms-notification-content"), {"P009"}),
    (DEFINITION, lambda d: d["paths"].pop("/2025-09/webhook_endpoints/{id}"), {"P009", "P013"}),
    (DEFINITION, lambda d: _field(d).pop("x-ms-dynamic-list"), {"P010"}),
    (
        DEFINITION,
        lambda d: _field(d)["x-ms-dynamic-values"].update(operationId="ListSites"),
        {"P010"},
    ),
    (
        DEFINITION,
        lambda d: _field(d)["x-ms-dynamic-values"]["parameters"].update(name="towns"),
        {"P010"},
    ),
    (
        DEFINITION,
        lambda d: _field(d)["x-ms-dynamic-list"]["parameters"].update(name={"value": None}),
        {"P010"},
    ),
    (DEFINITION, lambda d: d["paths"].pop("/2025-09/actions/create_deal"), {"P011"}),
    (PROPERTIES, lambda d: d["properties"].update(version="1"), {"P012"}),
    (PROPERTIES, lambda d: d["properties"].update(iconBrandColor="#007EE5"), {"P012"}),
    (PROPERTIES, lambda d: d["properties"]["policyTemplateInstances"].clear(), {"P013"}),
    (DEFINITION, lambda d: d["definitions"].pop("Invoice"), {"P014"}),
]


@pytest.mark.parametrize(("file", "breaks", "rules"), BREAKS)
def test_each_rule_finds_what_breaks_it(file: str, breaks: Break, rules: set[str]) -> None:
    """The rule's id is told, and no other."""
    assert found_in(POWER_AUTOMATE, PACKAGE, file, breaks) == rules


def test_every_rule_is_tried() -> None:
    """No rule is without something that breaks it."""
    tried = set().union(*(rules for _, _, rules in BREAKS))
    assert tried == {rule.id for rule in POWER_AUTOMATE.rules}
