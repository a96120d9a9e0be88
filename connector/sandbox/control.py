"""The dials: routes under /_sandbox/ that Stora does not have, for demos and tests.

| route | what |
|---|---|
| `POST trigger` | `{event_type, operator?, set?, count?}` lets something happen |
| `GET sample` | `?event_type=`, `?operator=`: what `trigger` would tell, and nothing happens |
| `POST play` | `{verb, id?, operator?}` does what only people do (see `business/plays.py`) |
| `GET`, `PUT faults` | what shall go wrong (see `faults.py`) |
| `GET deliveries` | the newest deliveries with their attempts |
| `GET endpoints` | all webhook endpoints, with their secrets |
| `GET operators` | the operators with their tokens and own applications |
| `GET`, `PUT partner` | the partner application; PUT sets its `redirect_uris` |
| `POST tokens` | `{operator?, do}` ends what the partner holds: `expire` or `revoke` |
| `GET requests` | the last calls of the public API |
| `POST reset` | back to the seeds: their business, no endpoints, events, deliveries, faults, log |

They ask for no token, so a sandbox belongs on loopback only.
"""

from typing import Any, get_args

from flask import Blueprint, Response, request
from marshmallow import RAISE, Schema, validate

from connector.catalogue.fields import Integer, List, Number, Object, Text, Variables
from connector.dialect.answers import answer
from connector.dialect.body import load, read_object, whole_number
from connector.errors import InvalidContent
from connector.sandbox import deliveries, events, webhook_endpoints
from connector.sandbox.access import Access
from connector.sandbox.business.books import Books
from connector.sandbox.business.plays import VERBS, perform
from connector.sandbox.business.seeds import plant
from connector.sandbox.faults import ApiFault, ApiKind, WebhookFault, WebhookKind
from connector.sandbox.gate import Gate
from connector.sandbox.state import HOUSE, Document, write_json

MAX_COUNT = 10_000
MAX_TIMES = 1_000_000
MAX_SECONDS = 600
MAX_FAULTS = 100
MAX_REDIRECT_URIS = 100
SHOWN = 100
MAX_SHOWN = 1000


def blueprint(access: Access, gate: Gate) -> Blueprint:
    """Return the routes under /_sandbox."""
    dials = Blueprint("control", __name__, url_prefix="/_sandbox")
    state = access.state

    def operators() -> list[Document]:
        return state.all(HOUSE, "operator")

    def operator_in(wanted: dict[str, Any]) -> str:
        """Return the id of the operator named by id or name, the first one by default."""
        known = operators()
        name = wanted.get("operator", known[0]["id"])
        for operator in known:
            if name in (operator["id"], operator["name"]):
                return str(operator["id"])
        raise _wrong("/operator", "There is no such operator.")

    @dials.post("/trigger")
    def trigger() -> Response:
        wanted = load(TRIGGER, read_object(request))
        changes = wanted.get("set", {})
        try:
            write_json(changes).encode()
        except UnicodeEncodeError:
            raise _wrong("/set", "Must be valid Unicode, without lone surrogates.") from None
        ids, queued = events.trigger(
            state,
            gate.faults,
            operator_in(wanted),
            wanted["event_type"],
            changes=changes,
            count=wanted.get("count", 1),
        )
        return answer({"events": ids, "deliveries": queued}, 201)

    @dials.get("/sample")
    def sample() -> Response:
        wanted = request.args.to_dict()
        operator, event_type = operator_in(wanted), wanted.get("event_type", "")
        return answer({"data": events.happening(state, operator, event_type, {})})

    @dials.post("/play")
    def play() -> Response:
        wanted = load(PLAY, read_object(request))
        operator = operator_in(wanted)
        told: list[Document] = []
        queued = 0

        def tell(event_type: str, data: Document) -> None:
            nonlocal queued
            ids, count = events.emit(state, gate.faults, operator, event_type, [data])
            told.extend({"id": id, "type": event_type} for id in ids)
            queued += count

        with state.transaction():
            team = state.all(operator, "staff")
            books = Books(state, operator, team[0]["id"], tell)
            kind, document = perform(books, wanted["verb"], wanted.get("id"))
        return answer({kind: document, "events": told, "deliveries": queued}, 201)

    @dials.get("/faults")
    def show_faults() -> Response:
        return answer(gate.faults.show())

    @dials.put("/faults")
    def set_faults() -> Response:
        wanted = load(FAULTS, read_object(request))
        gate.faults.set(
            [ApiFault(**fault) for fault in wanted.get("api", [])],
            [WebhookFault(**fault) for fault in wanted.get("webhooks", [])],
        )
        return answer(gate.faults.show())

    @dials.get("/deliveries")
    def show_deliveries() -> Response:
        shown = whole_number(request.args, "limit", SHOWN, MAX_SHOWN)
        return answer({"deliveries": deliveries.log(state, shown)})

    @dials.get("/endpoints")
    def show_endpoints() -> Response:
        found = [
            {"operator": operator["id"], **endpoint}
            for operator in operators()
            for endpoint in state.all(operator["id"], webhook_endpoints.KIND)
        ]
        return answer({"endpoints": found})

    @dials.get("/operators")
    def show_operators() -> Response:
        return answer({"operators": [access.credentials(each) for each in operators()]})

    @dials.get("/partner")
    def show_partner() -> Response:
        return answer({"partner": access.partner()})

    @dials.put("/partner")
    def set_partner() -> Response:
        wanted = load(PARTNER, read_object(request))
        access.keep_application(access.partner() | wanted)
        return answer({"partner": access.partner()})

    @dials.post("/tokens")
    def end_tokens() -> Response:
        wanted = load(TOKENS, read_object(request))
        return answer({"ended": access.end_all(operator_in(wanted), wanted["do"])})

    @dials.get("/requests")
    def show_requests() -> Response:
        return answer({"requests": list(gate.log)})

    @dials.post("/reset")
    def reset() -> Response:
        access.reset()
        plant(state)
        gate.reset()
        return answer({})

    return dials


def _wrong(pointer: str, message: str) -> InvalidContent:
    return InvalidContent(details=[{"pointer": pointer, "message": message}])


# ---- what a body may say -----------------------------------------------------------------------


def _kind(kinds: object) -> Text:
    return Text("What goes wrong", validate=validate.OneOf(get_args(kinds)), required=True)


def _times() -> Integer:
    return Integer("How often", validate=validate.Range(1, MAX_TIMES))


class _ApiFault(Schema):
    kind = _kind(ApiKind)
    times = _times()
    path = Text("The beginning of the path")
    method = Text("The HTTP method")
    seconds = Number("How long", validate=validate.Range(0, MAX_SECONDS))


class _WebhookFault(Schema):
    kind = _kind(WebhookKind)
    times = _times()


class _Faults(Schema):
    api = List(Object(_ApiFault, "A fault"), "", validate=validate.Length(max=MAX_FAULTS))
    webhooks = List(Object(_WebhookFault, "A fault"), "", validate=validate.Length(max=MAX_FAULTS))


class _Trigger(Schema):
    event_type = Text("The event type", required=True)
    operator = Text("Id or name of the operator")
    set = Variables("Dotted paths and values")
    count = Integer("How many events", validate=validate.Range(1, MAX_COUNT))


class _Play(Schema):
    verb = Text("What to do", validate=validate.OneOf(VERBS), required=True)
    id = Text("What to do it to")
    operator = Text("Id or name of the operator")


class _Tokens(Schema):
    operator = Text("Id or name of the operator")
    do = Text("What to do", validate=validate.OneOf(["expire", "revoke"]), required=True)


class _Partner(Schema):
    redirect_uris = List(
        Text("A redirect URI"), "", validate=validate.Length(max=MAX_REDIRECT_URIS), required=True
    )


TRIGGER = _Trigger(unknown=RAISE)
FAULTS = _Faults(unknown=RAISE)
PLAY = _Play(unknown=RAISE)
TOKENS = _Tokens(unknown=RAISE)
PARTNER = _Partner(unknown=RAISE)
