"""Creating a webhook endpoint (Stora page: Create a Webhook Endpoint)."""

import re

import pytest

from connector.catalogue.events import EVENT_TYPES

SECRET = re.compile(r"[0-9a-f]{64}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def test_the_pages_own_request_gives_the_pages_answer(api):
    """Status 201 and every key of the page, in its types; what was sent comes back unchanged."""
    sent = api.body()
    response = api.request("POST", api.endpoints, json=sent)

    assert response.status_code == 201
    assert response.headers["Content-Type"].startswith("application/json")
    answer, page = response.json(), api.page["response"]
    assert answer.keys() == page.keys()
    endpoint = answer["endpoint"]
    assert endpoint.keys() == page["endpoint"].keys()
    for key in ("name", "api_version", "url", "event_types", "description"):
        assert endpoint[key] == sent[key]
    assert endpoint["metadata"].keys() == sent["metadata"].keys()
    assert api.own(endpoint["metadata"]) == api.own(sent["metadata"])
    assert re.fullmatch(r"we_[0-9a-f]{16,}", endpoint["id"])
    assert re.fullmatch(r"(app|tok|staff)_[0-9a-z]{16,}", endpoint["creator"]["id"])
    assert endpoint["creator"].keys() == {"id"}
    assert MOMENT.fullmatch(endpoint["created_at"])
    assert endpoint["updated_at"] == endpoint["created_at"]
    assert SECRET.fullmatch(endpoint["secret"])
    assert (endpoint["status"], endpoint["disabled_at"]) == ("enabled", None)


def test_meta_has_the_request_id_and_the_curies_of_the_page(api):
    """`meta` is `request_id`, another for each request, and the two curies."""
    first, second = (
        api.request("POST", api.endpoints, json=api.body()).json()["meta"] for _ in range(2)
    )

    assert first.keys() == {"request_id", "curies"}
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first["request_id"])
    assert first["request_id"] != second["request_id"]
    assert [curie["name"] for curie in first["curies"]] == ["bo", "sf"]
    for curie in first["curies"]:
        assert curie.keys() == {"name", "href", "templated", "title"}
        assert curie["href"].endswith("{rel}")
        assert curie["templated"] is True


def test_each_endpoint_has_its_own_id_and_secret(api):
    """Nothing is shared between two endpoints, not even of the same body."""
    one, other = api.create(), api.create()

    assert one["id"] != other["id"]
    assert one["secret"] != other["secret"]


@pytest.mark.parametrize("event_type", EVENT_TYPES)
def test_each_event_type_of_the_page_is_accepted(api, event_type):
    """An endpoint can listen to any of the 50."""
    assert api.create(event_types=[event_type])["event_types"] == [event_type]


def test_all_event_types_at_once_are_accepted(api):
    """An endpoint can listen to everything, and the order is kept."""
    assert api.create(event_types=list(EVENT_TYPES))["event_types"] == list(EVENT_TYPES)
    assert list(EVENT_TYPES) == api.page["event_types"]


def test_an_event_type_named_twice_counts_once(api):
    """The page sets no rule; a repetition does no harm."""
    endpoint = api.create(event_types=["unit.created", "deal.won", "unit.created"])

    assert endpoint["event_types"] == ["unit.created", "deal.won"]


def test_description_and_metadata_are_optional(api):
    """Without them the description is null, and the metadata has nothing of the caller's."""
    sent = {key: value for key, value in api.body().items() if key != "description"}
    del sent["metadata"]
    endpoint = api.request("POST", api.endpoints, json=sent).json()["endpoint"]

    assert endpoint["description"] is None
    assert api.own(endpoint["metadata"]) == {}


def test_the_description_may_be_null(api):
    """`string | null`, says the page."""
    assert api.create(description=None)["description"] is None


@pytest.mark.parametrize("field", ["name", "api_version", "url", "event_types"])
def test_a_required_field_that_is_missing_is_named(api, problem, field):
    """422 with the pointer of the field, and nothing is created."""
    before = api.count()
    sent = {key: value for key, value in api.body().items() if key != field}

    problem(api.request("POST", api.endpoints, json=sent), 422, "invalid_content", f"/{field}")
    assert api.count() == before


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        *((field, value, f"/{field}") for field in ("name", "api_version", "url")
          for value in (None, 5, True, 1.5, [], {}, "")),
        *(("description", value, "/description") for value in (5, True, [], {})),
        *(("metadata", value, "/metadata") for value in (None, 5, True, "source", [], ["source"])),
        *(("event_types", value, "/event_types") for value in (None, 5, "unit.created", {}, [])),
        *(("event_types", [value], "/event_types/0")
          for value in (None, 5, True, [], {}, "", "unit", "unit.deleted", "UNIT.CREATED", "*")),
        ("event_types", ["unit.created", "unit.gone"], "/event_types/1"),
        *(("api_version", value, "/api_version") for value in ("2025-9", "2024-01", "2025-09 ")),
        ("name", " \t\n", "/name"),
        ("name", "nul\x00", "/name"),
        ("description", "nul\x00", "/description"),
        ("unknown", "field", "/unknown"),
        ("id", "we_c72a94b59dc380a4", "/id"),
        ("secret", "0" * 64, "/secret"),
        ("status", "disabled", "/status"),
        ("a/b~c", 1, "/a~1b~0c"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(api, problem, field, value, pointer):
    """422 with the pointer of the field, and nothing is created."""
    before = api.count()
    response = api.request("POST", api.endpoints, json=api.body(**{field: value}))

    problem(response, 422, "invalid_content", pointer)
    assert api.count() == before


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "HTTPS://example.com/hook",
        " https://example.com/hook",
        "https://example.com/hook\n",
        "https://example.com/a b",
        "ok\nhttps://example.com/hook",
        "https://",
        "https:///hook",
        "https:example.com",
        "//example.com/hook",
        "/hook",
        "example.com",
        "ftp://example.com/hook",
        "javascript:alert(1)",
        "https://exa\x00mple.com/",
        "https://example.com/\x7f",
        "https://example.com:99999/",
        "https://[::1/",
    ],
)
def test_a_url_that_is_no_https_uri_is_refused(api, problem, url):
    """The page's pattern is `^https://`, its type a URI."""
    response = api.request("POST", api.endpoints, json=api.body(url=url))

    problem(response, 422, "invalid_content", "/url")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/hooks/catch/123/abc/",
        "https://example.com:8443/hook?token=a%20b&x=1",
    ],
)
def test_a_url_keeps_its_port_path_and_query(api, url):
    """Builders put what identifies a workflow into path and query."""
    assert api.create(url=url)["url"].rstrip("/") == url.rstrip("/")


def test_every_fault_of_a_body_is_told_at_once(api, problem):
    """A person mends a form in one go."""
    sent = {"name": 1, "url": "ftp://example.com", "event_types": [], "extra": 1}
    response = api.request("POST", api.endpoints, json=sent)

    problem(
        response, 422, "invalid_content",
        "/name", "/url", "/event_types", "/api_version", "/extra",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["", " ", " \t\n"])
def test_a_name_without_anything_to_read_has_one_fault(api, problem, name):
    """A blank name is told once."""
    response = api.request("POST", api.endpoints, json=api.body(name=name))
    details = problem(response, 422, "invalid_content", "/name")["details"]
    assert len(details) == 1


def test_the_longest_name_and_url_pass_and_one_more_does_not(api, problem):
    """255 and 2,048 characters."""
    url = "https://example.com/"
    url += "a" * (2048 - len(url))
    endpoint = api.create(name="n" * 255, url=url)
    assert (len(endpoint["name"]), endpoint["url"]) == (255, url)

    response = api.request("POST", api.endpoints, json=api.body(name="n" * 256, url=url + "a"))
    problem(response, 422, "invalid_content", "/name", "/url")


def test_text_of_all_languages_is_kept(api):
    """Names are what people write."""
    name = "Zoë’s “Lager” 倉庫 🗄️ <b>&amp;</b>"
    assert api.show(api.create(name=name, description=name)["id"])["name"] == name
