"""The call on Stora's reference page "Create a Webhook Endpoint", to be pasted into a shell.

Only the host and the token are filled in.
"""

import json
from typing import Any

from connector.catalogue import API_VERSION

PATH = f"/{API_VERSION}/webhook_endpoints"

BODY = """\
{
  "name": "My New Webhook",
  "api_version": "2025-09",
  "url": "https://example.com/new_webhook",
  "event_types": [
    "credit_note.created"
  ],
  "description": "A new webhook endpoint",
  "metadata": {
    "source": "zapier",
    "external_id": "abc_123"
  }
}"""


def body(url: str) -> dict[str, Any]:
    """Return the page's body with `url` as the address that is told."""
    return {**json.loads(BODY), "url": url}


def curl(origin: str, token: str) -> str:
    """Return the page's command for Unitwire at `origin`."""
    return f"""\
curl --request POST \\
  --url {origin}{PATH} \\
  --header 'Authorization: Bearer {token}' \\
  --header 'Content-Type: application/json' \\
  --data '
{BODY}
'"""
