"""The routes of the business: lists, reads and writes of every resource.

A view opens the books for its caller, lets somebody else do the work, and wraps the answer. Reads
come from the tables `catalogue/places.py` and `listings.py`, writes from `writes.py`; the lines of
an order, which lie one step deeper, have views of their own.
"""

from collections.abc import Callable

from flask import Blueprint, Response, request

from connector.catalogue import API_VERSION
from connector.catalogue.places import PLACES, Place
from connector.dialect.body import load, read_object
from connector.errors import InvalidContent, InvalidFormat
from connector.sandbox import answers, events
from connector.sandbox.access import Access, Caller
from connector.sandbox.business import orders
from connector.sandbox.business.books import Books, Success
from connector.sandbox.business.expand import Expander
from connector.sandbox.business.listings import LISTINGS, listed
from connector.sandbox.business.papers import has_paper, paper
from connector.sandbox.business.writes import WRITES, Write
from connector.sandbox.gate import Gate
from connector.sandbox.query import paging
from connector.sandbox.state import Document, write_json

JSON = "application/json"
PDF = "application/pdf"

LINES = f"{PLACES['order'].path}/<id>/line_items"
LINE = f"{LINES}/<line>"


def blueprint(access: Access, gate: Gate) -> Blueprint:
    """Return the routes of the business under the API's version."""
    routes = Blueprint("business", __name__, url_prefix=f"/{API_VERSION}")
    state = access.state

    def books_of(caller: Caller) -> Books:
        def tell(event_type: str, data: Document) -> None:
            events.emit(state, gate.faults, caller.operator, event_type, [data])

        return Books(state, caller.operator, caller.creator, tell)

    def route(path: str, method: str, scope: str) -> Callable[[Callable[..., Response]], None]:
        def add(view: Callable[..., Response]) -> None:
            name = f"{method} {path}".replace(".", "_")
            guarded = gate.operation(scope)(view)
            routes.add_url_rule(path, name, guarded, methods=[method])

        return add

    def add_list(place: Place) -> None:
        @route(place.path, "GET", place.scope("read"))
        def index(caller: Caller) -> Response:
            _agree(JSON)
            books = books_of(caller)
            page, limit = paging(request.args)
            expander = Expander(books, access, caller, place.resource, request.args)
            found = listed(books, place.resource, request.args)
            return answers.page_of(place.many, found, page, limit, expander.show)

    def add_read(place: Place) -> None:
        @route(f"{place.path}/<id>", "GET", place.scope("read"))
        def show(caller: Caller, id: str) -> Response:
            books = books_of(caller)
            found = books.get(place.resource, id)
            if has_paper(place.resource, found) and _agree(JSON, PDF) == PDF:
                return Response(paper(books, place.resource, found), content_type=PDF)
            _agree(JSON)
            expander = Expander(books, access, caller, place.resource, request.args)
            return answers.one(place.one, expander.show(found))

    def add_write(write: Write) -> None:
        place = PLACES[write.resource]

        @route(write.path, write.method, place.scope(write.right))
        def do(caller: Caller, id: str = "") -> Response:
            _agree(JSON)
            books = books_of(caller)
            found = books.get(write.resource, id) if id else {}
            wanted = {} if write.body is None else load(write.body, _body())
            expander = Expander(books, access, caller, write.resource, request.args)
            done = write.does(books, found, wanted)
            if isinstance(done, Success):
                return answers.success(done.message, done.meta)
            return answers.one(place.one, expander.show(done), write.status)

    for place in PLACES.values():
        if place.resource in LISTINGS:
            add_list(place)
            if place.by_id:
                add_read(place)
    for write in WRITES:
        add_write(write)

    # ---- the lines of an order -----------------------------------------------------------------

    read, change = PLACES["order"].scope("read"), PLACES["order"].scope("write")

    def shown(books: Books, caller: Caller, line: Document) -> Document:
        return Expander(books, access, caller, "order_line_item", request.args).show(line)

    @route(LINES, "GET", read)
    def lines(caller: Caller, id: str) -> Response:
        _agree(JSON)
        books = books_of(caller)
        page, limit = paging(request.args)
        found = orders.lines_of(books, books.get("order", id))
        expander = Expander(books, access, caller, "order_line_item", request.args)
        return answers.page_of("line_items", found, page, limit, expander.show)

    @route(LINES, "POST", change)
    def add_line(caller: Caller, id: str) -> Response:
        _agree(JSON)
        books = books_of(caller)
        order = books.get("order", id)
        line = orders.add_line(books, order, load(orders.NEW_LINE, _body()))
        return answers.one("line_item", shown(books, caller, line), 201)

    @route(LINE, "PATCH", change)
    def change_line(caller: Caller, id: str, line: str) -> Response:
        _agree(JSON)
        books = books_of(caller)
        order = books.get("order", id)
        found = orders.line_in(books, order, line)
        wanted = load(orders.CHANGED_LINE, _body())
        done = orders.change_line(books, order, found, wanted)
        return answers.one("line_item", shown(books, caller, done))

    @route(LINE, "DELETE", change)
    def remove_line(caller: Caller, id: str, line: str) -> Response:
        _agree(JSON)
        books = books_of(caller)
        order = books.get("order", id)
        done = orders.remove_line(books, order, orders.line_in(books, order, line))
        return answers.success(done.message, done.meta)

    return routes


def _agree(*offered: str) -> str:
    """Return the format to answer in; raise `InvalidFormat` when the caller takes none of these."""
    if not request.accept_mimetypes:
        return offered[0]
    agreed = request.accept_mimetypes.best_match(offered)
    if agreed is None:
        raise InvalidFormat(f"This is answered as {' or '.join(offered)} only.")
    return agreed


def _body() -> Document:
    """Return the JSON object in the body; raise `InvalidContent` for text that nobody can keep."""
    wanted = read_object(request)
    try:
        write_json(wanted).encode()
    except UnicodeEncodeError:
        message = "Must be valid Unicode, without lone surrogates."
        raise InvalidContent(details=[{"pointer": "", "message": message}]) from None
    return wanted
