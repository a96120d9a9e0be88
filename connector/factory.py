"""Puts the web app together: settings → parts → routes.

`create_app` is all that a WSGI server needs; `serve` puts the intake in front of it.
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from connector import __version__
from connector.catalogue.asyncapi import asyncapi
from connector.dialect.answers import answer
from connector.flows.parts import Parts, open_parts
from connector.logs import set_up_logs
from connector.settings import Settings
from connector.web import limits, problems
from connector.web.connect import connect
from connector.web.consent import consent
from connector.web.contract import declare
from connector.web.hardening import harden
from connector.web.health import health
from connector.web.hooks import hooks
from connector.web.mcp import mcp
from connector.web.oauth import oauth
from connector.web.pages.book import PAGES
from connector.web.queries import refuse_raw_bytes

BLUEPRINTS = (oauth, consent, connect, hooks, mcp, health, *PAGES)


def create_app(settings: Settings | None = None) -> Flask:
    """Return the Flask app of the installation that `settings`, or the environment, describe.

    Raises SettingsError when a setting is wrong or unsafe.
    """
    settings = settings or Settings.from_environment()
    set_up_logs(settings.log_level)
    return app_of(open_parts(settings))


def app_of(parts: Parts) -> Flask:
    """Return the Flask app on `parts`."""
    settings = parts.settings
    app = Flask("connector.web")
    app.extensions["unitwire"] = parts
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    declare(app, settings.origin)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    problems.register(app, settings.origin)
    app.before_request(refuse_raw_bytes)
    app.after_request(harden)  # the first is the last to be run: limits may answer otherwise
    limits.limit(app, settings, parts.rates, exempt=(hooks, health))
    app.add_url_rule(
        "/asyncapi.json",
        view_func=lambda: answer(asyncapi(settings.origin, __version__)),
        endpoint="asyncapi",
    )
    return app
