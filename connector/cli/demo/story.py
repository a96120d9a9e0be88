"""The main job, step by step, and what is seen of it: real values from real calls.

connect → subscribe → something happens → the workflow checks it → the log → the tenants' wall
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from connector import world
from connector.catalogue import API_VERSION
from connector.cli.demo import reference
from connector.cli.demo.browser import WrongTurn
from connector.cli.demo.house import House
from connector.cli.demo.receiver import Received
from connector.cli.demo.tenants import Tenant, call, connect, operators
from connector.stora.signature import HEADER, standard_webhooks, verify

EVENT_TYPE = "credit_note.created"
WORKFLOW = "/new_webhook"
PATIENCE_S = 20.0
PAUSE_S = 0.02
LOGGED_S = 5.0  # an attempt is written down just after the workflow has answered

Facts = list[tuple[str, str]]


@dataclass(frozen=True)
class Step:
    """One step that has been done: what it was, how long it took, and what is to be seen."""

    title: str
    seconds: float
    facts: Facts


class Story:
    """Told once, by going through `steps`; afterwards both tenants are connected.

    `delivered_at` is when the first event reached the workflow, on the monotonic clock.
    """

    def __init__(self, home: House) -> None:
        self.home = home
        self.harbour, self.hilltop = operators(home)
        self.tenants: list[Tenant] = []
        self.delivered_at = 0.0

    def steps(self) -> Iterator[Step]:
        """Do the main job; yield each step as soon as it is done. Raises WrongTurn."""
        began = world.monotonic()
        for title, facts in self._scenes():
            now = world.monotonic()
            yield Step(title, now - began, facts)
            began = world.monotonic()

    def _scenes(self) -> Iterator[tuple[str, Facts]]:
        origin = self.home.settings.origin
        tenant = connect(self.home, self.harbour)
        self.tenants.append(tenant)
        yield f"{tenant.operator} connects Stora to Zapier", self._connected(tenant)

        token = tenant.consents.tokens.access_token
        body = reference.body(self.home.receiver.url + WORKFLOW)
        made = call("POST", origin + reference.PATH, token=token, json=body, status=201)
        endpoint = made["endpoint"]
        yield (
            "A workflow subscribes, with the body of Stora's reference page",
            self._subscribed(endpoint),
        )

        event_id, facts, received = self._happened()
        yield f"Something happens in Stora: {EVENT_TYPE}", facts

        yield "The workflow checks who sent it", checked(received, endpoint["secret"])

        delivery_id, facts = self._logged(token, event_id)
        yield "The log shows it", facts

        stranger = connect(self.home, self.hilltop)
        self.tenants.append(stranger)
        path = f"/{API_VERSION}/deliveries/{delivery_id}"
        call("GET", origin + path, token=stranger.consents.tokens.access_token, status=404)
        yield (
            f"{stranger.operator} connects too, and sees nothing of it",
            [("asked for that delivery", f"404, as if there were none: GET {path}")],
        )

    def _connected(self, tenant: Tenant) -> Facts:
        tokens = tenant.consents.tokens
        return [
            ("Stora asks", f"{tenant.consents.stora_asked}  Allow."),
            ("Unitwire asks", f"{tenant.consents.unitwire_asked}  Allow."),
            (
                "Zapier gets",
                f"an access token, {short(tokens.access_token)}, for "
                f"{tokens.expires_in // 3600} hours, and one to refresh it",
            ),
        ]

    def _subscribed(self, endpoint: dict[str, object]) -> Facts:
        found = call("GET", f"{self.home.settings.stora_api_url}/_sandbox/endpoints")["endpoints"]
        mirror = next(
            each for each in found if each["metadata"].get("endpoint_id") == endpoint["id"]
        )
        stamp = [f"{name} {value}" for name, value in mirror["metadata"].items()]
        return [
            ("answer", f"201 to POST {reference.PATH}"),
            ("endpoint in Unitwire", f"{endpoint['id']}, to {endpoint['url']}"),
            ("its mirror in Stora", f"{mirror['id']}, to {mirror['url']}"),
            ("stamped with", ", ".join(stamp[:2])),
            ("", ", ".join(stamp[2:])),
        ]

    def _happened(self) -> tuple[str, Facts, Received]:
        asked = {"event_type": EVENT_TYPE, "operator": self.harbour["id"]}
        url = f"{self.home.settings.stora_api_url}/_sandbox/trigger"
        began = world.monotonic()
        event_id = call("POST", url, json=asked, status=201)["events"][0]
        received = self.home.receiver.wait_for(lambda each: event_id in each.body, PATIENCE_S)
        self.delivered_at = world.monotonic()
        if received is None:
            raise WrongTurn(f"The event did not arrive within {PATIENCE_S:.0f} s.")
        note = json.loads(received.body)["event"]["data"]["credit_note"]
        about = note["line_items"][0]["description"]
        return (
            event_id,
            [
                ("event", event_id),
                (
                    "reaches the workflow",
                    f"{(self.delivered_at - began) * 1000:.0f} ms later, and was stored before",
                ),
                ("credit note", f"{note['number']}, {note['total']['formatted']}: {about}"),
            ],
            received,
        )

    def _logged(self, token: str, event_id: str) -> tuple[str, Facts]:
        url = f"{self.home.settings.origin}/{API_VERSION}/deliveries"
        until = world.monotonic() + LOGGED_S
        found = {"status": "pending"}
        while found["status"] == "pending" and world.monotonic() < until:
            threading.Event().wait(PAUSE_S)
            found = call("GET", f"{url}?event_id={event_id}", token=token)["deliveries"][0]
        shown = call("GET", f"{url}/{found['id']}", token=token)["delivery"]
        facts = [
            (f"attempt {each['number']}", f"{each['status']} after {each['duration_ms']} ms")
            for each in shown["attempts"]
        ]
        return found["id"], [("delivery", f"{found['id']} is {found['status']}"), *facts]


def checked(received: Received, secret: str) -> Facts:
    """Return the signatures of `received`, once checked with `secret`; raises WrongTurn."""
    body, headers = received.body.encode(), received.headers
    theirs = headers[HEADER.lower()]
    if not verify(theirs, body, [secret], world.now_ms() // 1000).ok:
        raise WrongTurn(f"The signature is wrong: {theirs}")
    at = int(headers["webhook-timestamp"])
    standard = standard_webhooks([secret], headers["webhook-id"], at, body)["webhook-signature"]
    if headers["webhook-signature"] != standard:
        raise WrongTurn(f"The signature is wrong: {headers['webhook-signature']}")
    return [
        (HEADER, f"{theirs[:31]}…  genuine"),
        ("webhook-signature", f"{standard[:31]}…  genuine (Standard Webhooks)"),
    ]


def short(secret: str) -> str:
    """Return the beginning of a secret, enough to recognise it."""
    return f"{secret[:6]}…"
