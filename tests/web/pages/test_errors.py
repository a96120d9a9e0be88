"""The page that every error links to, for anybody."""

from flask.testing import FlaskClient

from connector.errors import situations


def test_every_error_is_explained(client: FlaskClient) -> None:
    """Each code is there, and what is typed is set as code, without its marks."""
    shown = client.get("/errors").text
    assert all(f"<code>{each.code}</code>" in shown for each in situations())
    assert any("`" in each.when for each in situations())
    assert "`" not in shown
