"""What no well-meaning client sends: always one clear answer, never a 5xx, nothing created."""

import json

import pytest

JSON = {"Content-Type": "application/json"}


def with_name(text):
    """Return a good body in which the JSON text of `name` is replaced by `text`."""
    return (
        b'{"api_version":"2025-09","url":"https://example.com/h","event_types":["deal.won"],'
        b'"name":' + text + b"}"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"name=x",
        b"{'name': 1}",
        b"\xff\xfe",
        with_name(b'"\xe9"'),
        with_name(b"NaN"),
        with_name(b"Infinity"),
        with_name(b"-Infinity"),
        with_name(b"1e400"),
        with_name(b"9" * 5000),
        with_name(b'"a","name":"b"'),
        with_name(b'"x"') + b"x",
        with_name(b'"x"') + with_name(b'"x"'),
        with_name(b"[" * 100_000 + b"]" * 100_000),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps({"name": "x"}).encode("utf-16"),
        b"\xef\xbb\xbf" + with_name(b'"x"'),
    ],
    ids=range(20),
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_is_no_json_is_refused(api, problem, method, body):
    """400: two readers could not agree on what it says."""
    before = api.count()
    path = api.endpoints if method == "POST" else f"{api.endpoints}/{api.create()['id']}"
    before = api.count()

    problem(api.request(method, path, data=body, headers=JSON), 400, "invalid_request")
    assert api.count() == before


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"5", b"null", b"true"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_is_no_object_is_refused(api, problem, method, body):
    """422 with the pointer of the whole body, which is empty."""
    path = api.endpoints if method == "POST" else f"{api.endpoints}/{api.create()['id']}"

    problem(api.request(method, path, data=body, headers=JSON), 422, "invalid_content", "")


@pytest.mark.parametrize("text", [rb'"\ud800"', rb'"\udfff x"', rb'"\u0000"'])
def test_text_that_cannot_be_kept_is_refused(api, problem, text):
    """Lone surrogates and NUL, in values and in keys."""
    response = api.request("POST", api.endpoints, data=with_name(text), headers=JSON)
    problem(response, 422, "invalid_content", "/name")

    response = api.request(
        "POST", api.endpoints, data=with_name(b'"x",' + text + b":1"), headers=JSON
    )
    problem(response, 422, "invalid_content")


@pytest.mark.parametrize(
    "content_type",
    [None, "", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
     "application/xml", "application/jsonp", "json"],
)  # fmt: skip
def test_another_content_type_is_refused(api, problem, content_type):
    """415: JSON only, and it has to say so."""
    before = api.count()
    response = api.request(
        "POST", api.endpoints, data=with_name(b'"x"'), headers={"Content-Type": content_type}
    )

    problem(response, 415, "unsupported_media_type")
    assert api.count() == before


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;"]
)
def test_the_content_type_may_have_a_charset(api, content_type):
    """Case and parameters do not matter."""
    response = api.request(
        "POST", api.endpoints, data=with_name(b'"x"'), headers={"Content-Type": content_type}
    )
    assert response.status_code == 201


def padded(size):
    """Return a good body of `size` bytes."""
    body = with_name(b'"x"')
    return body + b" " * (size - len(body))


def test_a_body_of_one_mebibyte_passes_and_one_byte_more_does_not(api, problem):
    """413, whether the length was declared or the body came in chunks."""
    limit = 1024 * 1024

    def send(data):
        return api.request("POST", api.endpoints, data=data, headers=JSON)

    assert send(padded(limit)).status_code == 201
    assert send(iter([padded(limit)])).status_code == 201
    problem(send(padded(limit + 1)), 413, "payload_too_large")
    problem(send(iter([padded(limit + 1)])), 413, "payload_too_large")


def test_ten_thousand_faults_are_told_shortly(api, problem):
    """A body full of faults gives an answer of bounded size."""
    sent = api.body(event_types=["nothing"] * 10_000)
    error = problem(api.request("POST", api.endpoints, json=sent), 422, "invalid_content")

    assert 0 < len(error["details"]) <= 50


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_method_that_the_list_does_not_know(api, problem, method):
    """405 with those it does know."""
    response = api.request(method, api.endpoints, json={})

    problem(response, 405, "method_not_allowed")
    assert {"GET", "POST"} <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "path", ["/2025-09/webhook_endpoint", "/2024-01/webhook_endpoints", "/2025-09/", "/nothing"]
)
def test_a_path_that_does_not_exist(api, problem, path):
    """404 `invalid_endpoint`, not `resource_not_found`."""
    problem(api.request("GET", path), 404, "invalid_endpoint")


@pytest.mark.parametrize(
    "id", ["we_unknown", "%00", "%ff", "..%2f..", "'%20OR%201=1--", "x" * 4000, "%F0%9F%97%84"]
)
def test_an_id_that_does_not_exist(api, id):
    """404, whatever it looks like."""
    for method, path in (("GET", id), ("PATCH", id), ("POST", f"{id}/disable")):
        response = api.request(method, f"{api.endpoints}/{path}", json={"name": "x"})
        assert response.status_code == 404
        assert response.json()["error"]["code"] in ("resource_not_found", "invalid_endpoint")
