"""Packages to download, whole or a file of one, with this installation's address in them."""

from flask import Response

from connector.errors import NotFound
from connector.platforms import PLATFORMS
from connector.platforms.builders import BUILDERS
from connector.platforms.guide import Here, at_home
from connector.platforms.platform import Files, npm_packed, zipped
from connector.web.api import parts
from connector.web.pages.people import people

packages = people("packages")

PACKAGES = {each.slug: each for each in PLATFORMS if each.slug in BUILDERS}
README = "README.md"  # speaks of any installation
KINDS = {
    "json": "application/json",
    "png": "image/png",
    "zip": "application/zip",
    "tgz": "application/gzip",
}


@packages.get("/start/packages/<slug>.zip")
def whole(slug: str) -> Response:
    """Give a builder's package, with its README, as one archive."""
    name = f"unitwire-{slug}"
    return _file(f"{name}.zip", zipped(_package(slug), name))


@packages.get("/start/packages/<slug>.tgz")
def installable(slug: str) -> Response:
    """Give the package of a builder that installs one from npm, as npm takes it from a file."""
    package = _package(slug)
    if not BUILDERS[slug](_here()).package:
        raise NotFound("There is no such package.")
    return _file(f"unitwire-{slug}.tgz", npm_packed(package))


@packages.get("/start/files/<slug>/<path:path>")
def single(slug: str, path: str) -> Response:
    """Give a file that the builder imports as it is."""
    package = _package(slug)
    guide = BUILDERS[slug](_here())
    if path not in {*guide.files, *(recipe.file for recipe in guide.recipes if recipe.file)}:
        raise NotFound("There is no such file.")
    return _file(path.rpartition("/")[2], package[path])


def _here() -> Here:
    return Here(parts().settings.origin)


def _package(slug: str) -> Files:
    if slug not in PACKAGES:
        raise NotFound("There is no such package.")
    rendered = PACKAGES[slug].render()
    return {
        path: content if path == README else at_home(content, _here())
        for path, content in rendered.items()
    }


def _file(name: str, content: bytes) -> Response:
    answer = Response(content, mimetype=KINDS[name.rpartition(".")[2]])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
