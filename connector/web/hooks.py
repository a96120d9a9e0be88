"""Where Stora delivers: POST /hooks/stora/{id}. Only a valid signature gets a 2xx."""

from flask import Blueprint, Response, request

from connector.dialect.answers import answer, request_id
from connector.dialect.body import read_bytes
from connector.flows.receive import receive
from connector.stora.signature import HEADER
from connector.web.api import parts
from connector.web.limits import is_over

hooks = Blueprint("hooks", __name__)


@hooks.post("/hooks/stora/<endpoint_id>")
def receive_webhook(endpoint_id: str) -> Response:
    """Take in one webhook; the raw bytes are read before anything looks at them."""
    body = read_bytes(request, parts().settings.max_body_bytes)
    receive(parts(), endpoint_id, request.headers.get(HEADER), body, noted=not is_over())
    return answer({"received": True, "meta": {"request_id": request_id()}})
