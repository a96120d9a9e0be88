"""The query parameters that Stora's lists share (Stora pages: guides/responses, list pages).

A parameter that nobody asked for is ignored, as Stora ignores it; a wrong one is
`InvalidUrlParam` (422).
"""

from werkzeug.datastructures import MultiDict

from connector.dialect.body import MAX_LIMIT, choices, one, url_fault, whole_number

DEFAULT_LIMIT = 50
MAX_PAGE = 10**9 - 1

Query = MultiDict[str, str]


def paging(query: Query) -> tuple[int, int]:
    """Return `page` (from 1) and `limit` (1 to 100, else 50)."""
    page = whole_number(query, "page", 1, MAX_PAGE)
    return page, whole_number(query, "limit", DEFAULT_LIMIT, MAX_LIMIT)


def choice(query: Query, name: str, allowed: tuple[str, ...]) -> str:
    """Return the value of a parameter that is one of `allowed`; the first of them if absent."""
    values = choices(query, name, allowed)
    if len(values) > 1:
        raise url_fault(name, "takes one value only")
    return values[0] if values else allowed[0]


def deep(query: Query, name: str) -> dict[str, str]:
    """Return an object given as `name[key]=value`, as many keys as there are."""
    if name in query:
        raise url_fault(name, f"is not an object: write {name}[key]=value")
    return {
        parameter[len(name) + 1 : -1]: one(query, parameter) or ""
        for parameter in query
        if parameter.startswith(f"{name}[") and parameter.endswith("]")
    }
