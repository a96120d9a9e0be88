"""Flask that posts inside the view: nothing is kept; Stora is answered when the workflow was."""

import requests
from flask import Flask

from benchmarks.apps.work import post, signed_body

app = Flask(__name__)


@app.post("/hook")
def hook() -> tuple[str, int]:
    """Pass one webhook on; 502 lets Stora try again."""
    try:
        post(signed_body())
    except requests.RequestException:
        return "", 502
    return "", 200
