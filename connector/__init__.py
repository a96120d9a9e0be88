"""Unitwire connects Stora, the self-storage software, to no-code workflow builders.

The map, from the outside in; each arrow may be imported, never the other way round:

    cli            the commands of `unitwire`
    dispatcher     the loop that sends what is due          factory   puts the web app together
      → web        how requests come in: intake, API, OAuth, Stora's webhooks, pages, errors
        → flows    what happens, one file per story: connect, subscribe, receive, deliver, sweep
          → stora  how to talk to Stora        store   what is remembered, on either database
            → catalogue   what Stora offers: events, schemas, samples; pure data
              → errors    every error, grouped by what to do next

    platforms      how each workflow builder wants to be told; reads the catalogue only
    sandbox        a working stand-in for Stora; reads the catalogue only
    settings       every setting            world   time and chance, from one place
"""

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from connector.settings import Settings

__version__ = version("unitwire")


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Return the Flask application; without `settings` they come from the environment.

    Raises SettingsError when a setting is wrong or unsafe.
    """
    from connector.factory import create_app as build  # the catalogue imports without Flask

    return build(settings)
