"""The WSGI application, set up from the environment (`UNITWIRE_*`)."""

from connector import create_app

app = create_app()
