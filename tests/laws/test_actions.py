"""Laws of actions: they loop over the rows, so that a new row is tested without a new test.

Law 9: every action accepts its sample and refuses its counter-examples; every picklist that a
field names exists.
"""

import json
import re
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from story_stage import Stora

from connector.catalogue.actions import ACTION, ACTIONS
from connector.catalogue.actions.document import to_document
from connector.catalogue.actions.examples import counter_examples, sample_input
from connector.catalogue.actions.row import JSON, PDF, Action, Reply
from connector.catalogue.describe import KINDS, Field, describe
from connector.catalogue.forms import pointer_of
from connector.catalogue.json_schema import json_schema
from connector.catalogue.picklists import PICKLIST
from connector.catalogue.places import place_at
from connector.catalogue.scopes import SCOPES
from connector.dialect.body import load
from connector.errors import Conflict, InvalidContent, NotFound, StoraRefused, StoraUnavailable

every_action = pytest.mark.parametrize("action", ACTIONS, ids=lambda each: each.key)

# With what a label may begin: words that a builder picks an action by.
VERBS = {
    "Add", "Call", "Complete", "Create", "Deallocate", "Finalize", "Find", "Get", "Grant", "List",
    "Lose", "Overlock", "Remove", "Reopen", "Reserve", "Set", "Update", "Validate", "Win",
}  # fmt: skip


def every_field(fields: Iterable[Field], path: str = "") -> Iterator[tuple[str, Field]]:
    """Yield all fields with their dotted paths, children included."""
    for field in fields:
        yield f"{path}{field.key}", field
        yield from every_field(field.children, f"{path}{field.key}.")


# ---- what people read --------------------------------------------------------------------------


def test_keys_and_labels_are_different() -> None:
    """No two actions have the same key, the same label or the same help."""
    assert len(ACTION) == len(ACTIONS)
    assert len({action.label for action in ACTIONS}) == len(ACTIONS)
    assert len({action.help for action in ACTIONS}) == len(ACTIONS)


@every_action
def test_an_action_is_told_in_words(action: Action) -> None:
    """A label begins with a verb and goes on with what it is about; the help is a sentence."""
    verb, _, thing = action.label.partition(" ")
    assert verb in VERBS
    assert thing
    assert re.fullmatch(r"[a-z][a-z_]*", action.key)
    assert re.fullmatch(r"[A-Z].*\.", action.help)


@every_action
def test_every_field_is_told_in_words(action: Action) -> None:
    """Each field of input and output has a label, a sentence, an example, and a known kind."""
    fields = describe(action.input)
    assert len({field.label for field in fields}) == len(fields)
    for path, field in every_field((*fields, *action.output)):
        assert field.label, path
        assert field.label[0].isupper() or field.label.startswith("sf"), path
        assert field.help.endswith("."), path
        assert field.example is not None, path
        assert field.kind in KINDS, path


@every_action
def test_an_input_is_flat(action: Action) -> None:
    """A form has no objects but free ones, and no lists but of choices and of flat lines."""
    for field in describe(action.input):
        assert field.kind not in ("money", "reference"), field.key
        assert field.kind != "object" or not field.children, field.key
        if field.kind == "list":
            assert field.item in ("choice", "object"), field.key
            assert not any(child.children for child in field.children), field.key


@every_action
def test_every_id_can_be_found(action: Action) -> None:
    """An id in a form comes from a picklist or a search that exist, or from an earlier step."""
    document = to_document(action)
    for field in document["input"]:
        if "picklist" in field:
            assert field["picklist"] in PICKLIST
        if "search" in field:
            assert ACTION[field["search"]].kind == "search"
            assert "picklist" not in field
        if field["key"] in ("contact_id", "deal_id", "invoice_id", "task_id", "tenancy_id"):
            assert "search" in field


@every_action
def test_what_locks_people_out_says_so(action: Action) -> None:
    """An action that locks people out or in says so in label and help, and is never repeated."""
    locks = "overlock" in action.key
    assert action.danger == locks
    if locks:
        assert "lock" in action.label.replace("verlock", "")
        assert "lock" in action.help
        assert action.repeat == "unsafe"


@every_action
def test_an_action_is_written_as_json(action: Action) -> None:
    """The document of an action is JSON, with its scopes in one text."""
    document = to_document(action)
    assert json.loads(json.dumps(document)) == document
    assert document["scope"].split() == list(action.scopes)
    assert document["kind"] in ("action", "search")


# ---- what is taken and what is refused ---------------------------------------------------------


@every_action
def test_the_sample_is_taken(action: Action) -> None:
    """The sample is valid, alone and by the JSON Schema, and fills in every required field."""
    sample = sample_input(action)
    before = deepcopy(sample)
    load(action.input(), sample)
    assert sample == before
    schema = json_schema(describe(action.input))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(sample)


@every_action
def test_counter_examples_are_refused(action: Action) -> None:
    """Every field refuses what is missing, empty or of another kind, and the pointer names it."""
    refused = list(counter_examples(action))
    assert len({example.pointer for example in refused}) > len(describe(action.input)) // 2
    for example in refused:
        with pytest.raises(InvalidContent) as caught:
            load(action.input(), example.input)
        assert [each["pointer"] for each in caught.value.details] == [example.pointer], example


@every_action
def test_empty_fields_are_left_out(action: Action) -> None:
    """A form whose optional fields are empty says the same as one without them."""
    empty = ["", "  \t", None, [], {}]
    fields = describe(action.input)
    needed = {field.key: field.example for field in fields if field.required}
    optional = [field.key for field in fields if not field.required]
    blank = {key: empty[position % len(empty)] for position, key in enumerate(optional)}

    def read(input: dict[str, Any]) -> object:
        try:
            return load(action.input(), input)
        except InvalidContent as refusal:
            return refusal.details

    assert read(needed | blank) == read(needed)


@every_action
def test_every_field_can_be_cleared_that_says_so(action: Action) -> None:
    """Each key offered under `clear` is a field; clearing it changes the body that is sent."""
    fields = {field.key: field for field in describe(action.input)}
    if "clear" not in fields:
        assert not action.key.startswith("update_")
        return
    needed = {key: field.example for key, field in fields.items() if field.required}
    for option in fields["clear"].choices:
        stora = Stora()
        stora.tell(action.story(load(action.input(), needed | {"clear": [option.value]})))
        assert stora.calls[-1].json, option.value
        both = needed | {option.value: fields[option.value].example, "clear": [option.value]}
        with pytest.raises(InvalidContent) as caught:
            load(action.input(), both)
        assert [each["pointer"] for each in caught.value.details] == ["/clear/0"]


# ---- how it is carried out ---------------------------------------------------------------------


@every_action
def test_a_story_runs_to_its_end(action: Action) -> None:
    """The story of the sample ends with the outcome that is described, over known places."""
    stora = Stora()
    outcome = stora.tell(action.story(load(action.input(), sample_input(action))))
    assert 1 <= len(stora.calls) <= 4
    for call in stora.calls:
        assert place_at(call.path)
        assert call.accept in (JSON, PDF)
        assert call.method == "GET" or action.kind == "action"
        assert call.json is None or call.method != "GET"
        assert all(isinstance(value, str) for value in call.params.values())
    answer = outcome.answer
    assert list(answer) == [field.key for field in action.output]
    schema = json_schema(action.output)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema | {"required": list(answer)}).validate(
        json.loads(json.dumps(answer))
    )


@every_action
def test_scopes_are_storas_and_enough(action: Action) -> None:
    """The scopes of an action exist, and cover each call that its story makes."""
    values = load(action.input(), sample_input(action))
    scopes = action.scopes_for(values)
    assert scopes
    assert set(scopes) <= set(SCOPES)
    stora = Stora()
    stora.tell(action.story(values))
    for call in stora.calls:
        place = place_at(call.path)
        assert place
        assert place.scope("read" if call.method == "GET" else "write") in scopes


@every_action
def test_a_repeat_is_as_safe_as_it_says(action: Action) -> None:
    """`read` only reads, `patch_safe` only changes, `post` never deletes."""
    stora = Stora()
    stora.tell(action.story(load(action.input(), sample_input(action))))
    methods = {call.method for call in stora.calls}
    assert (
        methods
        <= {
            "read": {"GET"},
            "post": {"GET", "POST"},
            "patch_safe": {"GET", "PATCH"},
            "unsafe": {"GET", "POST"},
        }[action.repeat]
    )
    assert action.kind == "action" or action.repeat == "read"


@every_action
def test_an_error_that_nobody_waits_for_ends_the_story(action: Action) -> None:
    """What Stora or the network says goes on to the caller as it is."""
    values = load(action.input(), sample_input(action))
    for error in (StoraUnavailable(lost=True), InvalidContent("Stora said no.")):
        with pytest.raises(type(error)) as caught:
            Stora(lambda call, error=error: error).tell(action.story(values))
        assert caught.value is error


@every_action
def test_an_answer_of_another_form_is_an_error_of_ours(action: Action) -> None:
    """Whatever JSON object comes back, the outcome is an answer or an error, never a crash."""
    values = load(action.input(), sample_input(action))
    for body in ({}, {"meta": 5}, {"meta": {"curies": [5, {}]}}):
        try:
            Stora(lambda call, body=body: Reply(200, body)).tell(action.story(values))
        except StoraUnavailable:
            continue
        assert action.resource is None


@every_action
def test_faults_that_stora_names_lead_back_to_the_form(action: Action) -> None:
    """For every field that is sent, the pointer into Stora's body becomes the field's own."""
    sample = sample_input(action)
    fields = {field.key for field in describe(action.input)}
    stora = Stora()
    stora.tell(action.story(load(action.input(), sample)))

    def leaves(value: object, pointer: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, part in value.items():
                yield from leaves(part, f"{pointer}/{key}")
        elif isinstance(value, list):
            for position, part in enumerate(value):
                yield from leaves(part, f"{pointer}/{position}")
        else:
            yield pointer

    for pointer in leaves(dict(stora.calls[-1].json or {}), ""):
        found = pointer_of(action.input, pointer)
        assert found.split("/")[1] in fields, pointer


@every_action
def test_a_story_sees_only_errors_that_it_can_answer(action: Action) -> None:
    """A story waits for what another call can mend: not there, not now, not like this."""
    stora = Stora()
    stora.tell(action.story(load(action.input(), sample_input(action))))
    for call in stora.calls:
        assert set(call.sees) <= {Conflict, NotFound, StoraRefused}
