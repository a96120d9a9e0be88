"""Laws of the resources: they loop over the table, so that a new row is tested without a new test.

Every resource is described to the last field, and is read and written as Stora shows it.
Law 11: a new field or enum value of Stora breaks nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from marshmallow import ValidationError

from connector.catalogue import fields as kinds
from connector.catalogue import inputs
from connector.catalogue.describe import KINDS, Field, describe
from connector.catalogue.fields import Described
from connector.catalogue.ids import EXAMPLE_IDS, PICKLIST_OF
from connector.catalogue.json_schema import json_schema
from connector.catalogue.samples import resource_sample
from connector.catalogue.schemas import RESOURCES

DATA = Path(__file__).parents[1] / "data"
# The example objects of Stora's reference pages, by resource.
DOCUMENTED = json.loads((DATA / "stora-resources.json").read_text())

every_resource = pytest.mark.parametrize("resource", RESOURCES)


def every_field(fields: Iterable[Field], path: str = "") -> Iterator[tuple[str, Field]]:
    """Yield all fields with their dotted paths, children included."""
    for field in fields:
        yield f"{path}{field.key}", field
        yield from every_field(field.children, f"{path}{field.key}.")


def round_trips(resource: str, value: dict[str, Any]) -> bool:
    """Say whether reading and writing `value` gives the same JSON, whatever the order of keys."""
    schema = RESOURCES[resource]()
    loaded = schema.load(value)
    texts = {json.dumps(each, sort_keys=True) for each in (value, loaded, schema.dump(loaded))}
    return len(texts) == 1


# ---- the resources -----------------------------------------------------------------------------


def test_every_resource_has_documented_examples() -> None:
    """No resource is made up: each has an example on Stora's reference pages."""
    assert set(DOCUMENTED) == set(RESOURCES)


@every_resource
def test_documented_examples_round_trip(resource: str) -> None:
    """Stora's own examples are read and written unchanged."""
    for example in DOCUMENTED[resource]:
        assert round_trips(resource, example)


@every_resource
def test_documented_fields_are_described(resource: str) -> None:
    """Every key of Stora's examples, at every depth, is a field that people are told about."""

    def check(fields: tuple[Field, ...], value: object) -> None:
        if isinstance(value, list):
            for item in value:
                check(fields, item)
        elif isinstance(value, dict) and fields:
            known = {field.key: field for field in fields}
            for key, part in value.items():
                check(known[key].children, part)

    for example in DOCUMENTED[resource]:
        check(describe(RESOURCES[resource]), example)


@every_resource
def test_every_field_is_described(resource: str) -> None:
    """`describe` yields one description for each field, with label, help and example."""
    schema = RESOURCES[resource]
    described = describe(schema)
    assert [field.key for field in described] == [
        field.data_key or name for name, field in schema().fields.items()
    ]
    for path, field in every_field(described):
        assert field.label, path
        assert field.label[0].isupper(), path
        assert field.help.endswith("."), path
        assert field.help not in {field.label, f"{field.label}."}, path
        assert field.example is not None, path
        assert field.kind in KINDS, path
        assert field.item is None or field.item in KINDS, path
        assert (field.kind == "list") == (field.item is not None), path
        assert (field.kind == "choice" or field.item == "choice") == bool(field.choices), path


@every_resource
def test_labels_of_one_object_are_different(resource: str) -> None:
    """No two fields of one object have the same label."""

    def check(fields: tuple[Field, ...]) -> None:
        labels = [field.label for field in fields]
        assert len(set(labels)) == len(labels)
        for field in fields:
            check(field.children)

    check(describe(RESOURCES[resource]))


@every_resource
def test_the_json_schema_is_valid_and_accepts_the_sample(resource: str) -> None:
    """The generated JSON Schema accepts our sample and Stora's examples."""
    schema = json_schema(describe(RESOURCES[resource]))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for value in (resource_sample(resource), *DOCUMENTED[resource]):
        validator.validate(value)


@every_resource
def test_only_the_id_is_required(resource: str) -> None:
    """A resource with nothing but its id is read: a field that Stora leaves out stops nothing."""
    id = {"id": EXAMPLE_IDS[resource]}
    assert RESOURCES[resource]().load(id) == id
    with pytest.raises(ValidationError) as caught:
        RESOURCES[resource]().load({})
    assert list(caught.value.normalized_messages()) == ["id"]


# ---- law 11: open to what is new ---------------------------------------------------------------


@every_resource
def test_unknown_fields_pass_at_every_depth(resource: str) -> None:
    """A key that Stora adds tomorrow, to the resource or inside of it, comes out as it went in."""

    def grow(field: Field | None, value: Any) -> None:
        if isinstance(value, list):
            for item in value:
                grow(field, item)
        elif isinstance(value, dict) and (field is None or field.kind != "metadata"):
            parts = field.children if field else describe(RESOURCES[resource])
            for part in parts:
                grow(part, value.get(part.key))
            value["new_in_2027"] = {"deep": [1, 2.5, None, True, "text"]}

    grown = resource_sample(resource)
    grow(None, grown)
    assert round_trips(resource, grown)


@every_resource
def test_unknown_choices_pass(resource: str) -> None:
    """A value that Stora adds to a choice tomorrow is read, and is valid in the JSON Schema."""
    fields = describe(RESOURCES[resource])
    changed = resource_sample(resource) | {
        field.key: "new_in_2027" for field in fields if field.kind == "choice"
    }
    assert round_trips(resource, changed)
    Draft202012Validator(json_schema(fields)).validate(changed)


@every_resource
def test_related_objects_pass_in_every_form(resource: str) -> None:
    """A relation may be its id alone, a whole object, or one that was deleted and has no id."""
    for field in describe(RESOURCES[resource]):
        for target in field.resources:
            whole = resource_sample(target) if target in RESOURCES else {"id": "app_1", "name": "A"}
            deleted = {key: value for key, value in whole.items() if key != "id"}
            for form in ({"id": whole["id"]}, whole, deleted, {"id": None}):
                related: object = [form] if field.kind == "list" else form
                assert round_trips(resource, resource_sample(resource) | {field.key: related})


@every_resource
def test_what_may_be_null_is_read_as_null(resource: str) -> None:
    """Null is read where the description says so, and nowhere else."""
    for field in describe(RESOURCES[resource]):
        value = resource_sample(resource) | {field.key: None}
        if field.nullable:
            assert round_trips(resource, value)
        else:
            with pytest.raises(ValidationError):
                RESOURCES[resource]().load(value)


# ---- strict where it is known ------------------------------------------------------------------

WRONG: dict[str, tuple[object, ...]] = {
    "boolean": ("yes", "true", 1, 0, [], {}),
    "integer": ("5", 5.0, 5.7, True, [], {}),
    "number": ("5", True, float("nan"), float("inf"), [], {}),
    "list": ("text", {}, 5, True),
    "metadata": ("text", [], 5, {"UPPER": "x"}, {"a": 1}, {"a": None}),
    "money": ("£5", 5, [], {"amount": "5"}, {"currency": "GBP"}),
    "object": ("text", 5, [], True),
    "reference": ("con_1", 5, [], {"id": 5}),
    "date_time": ("2025-02-22", "2025-02-30T10:00:00Z", "yesterday", 1740235260, [], {}),
    "email": ("nobody", "a@b@c", "a b@c", 5, [], {}),
    "url": ("example.com", "javascript:alert(1)", "https://", "https://a b", 5),
}
WRONG_TEXT: tuple[object, ...] = (5, True, [], {}, "a\x00b", "\ud800")


@every_resource
def test_nothing_is_converted(resource: str) -> None:
    """A value of another kind is refused, whatever it could be read as, and the field is named."""
    for field in describe(RESOURCES[resource]):
        for wrong in WRONG.get(field.kind, WRONG_TEXT):
            with pytest.raises(ValidationError) as caught:
                RESOURCES[resource]().load(resource_sample(resource) | {field.key: wrong})
            assert list(caught.value.normalized_messages()) == [field.key], (field.key, wrong)


# ---- the small tables --------------------------------------------------------------------------


def test_every_kind_of_field_is_known_to_the_descriptions() -> None:
    """The words in KINDS are those of the field classes, no more and no less."""
    found = {
        each.kind
        for each in (*vars(kinds).values(), *vars(inputs).values())
        if isinstance(each, type) and issubclass(each, Described) and hasattr(each, "kind")
    }
    assert found | {"money", "file"} == set(KINDS)


def test_ids_have_storas_form() -> None:
    """An example id is a prefix and 16 hexadecimal characters, and stands for one resource."""
    assert len(set(EXAMPLE_IDS.values())) == len(EXAMPLE_IDS)
    for id in EXAMPLE_IDS.values():
        assert re.fullmatch(r"[a-z]+_[0-9a-f]{16}", id)


def test_picklists_choose_known_things() -> None:
    """Every picklist is one of something that has ids; resources and picklists pair up."""
    assert set(PICKLIST_OF) <= set(EXAMPLE_IDS)
    assert len(set(PICKLIST_OF.values())) == len(PICKLIST_OF)


@every_resource
def test_samples_share_their_ids(resource: str) -> None:
    """Wherever a sample names a related object, it is the one that the other samples show."""
    for field in describe(RESOURCES[resource]):
        if field.kind == "reference":
            assert field.example == {"id": EXAMPLE_IDS[field.resources[0]]}
