"""Each proxy's file, taken as it is but for port and certificate, in front of a real Unitwire."""

import contextlib
import datetime
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pycurl
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from deploy.tools import DEPLOY, program, run

from connector.settings import PREFIX, Settings
from connector.web.limits import FAILURES

pytestmark = pytest.mark.slow

HOST = "unitwire.example.com"
UNITWIRE = "127.0.0.1:8080"  # where the files expect it
START_S = 20


@dataclass(frozen=True)
class House:
    """Where Unitwire listens, where its proxy is to, and the proxy's certificate."""

    folder: Path
    unitwire: str
    port: int

    @property
    def certificate(self) -> Path:
        """For HOST, signed by itself."""
        return self.folder / "certificate.pem"

    @property
    def key(self) -> Path:
        """Its private key."""
        return self.folder / "key.pem"

    def ask(
        self, path: str, body: bytes | None = None, *headers: str
    ) -> tuple[int, dict[str, object]]:
        """Return status and document that HOST answers through the proxy; {} if it is none."""
        told = io.BytesIO()
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, f"https://{HOST}:{self.port}{path}")
        curl.setopt(pycurl.RESOLVE, [f"{HOST}:{self.port}:127.0.0.1"])
        curl.setopt(pycurl.CAINFO, str(self.certificate))
        curl.setopt(pycurl.PROXY, "")
        curl.setopt(pycurl.TIMEOUT, 20)
        curl.setopt(pycurl.HTTPHEADER, ["Expect:", *headers])
        curl.setopt(pycurl.WRITEDATA, told)
        if body is not None:
            curl.setopt(pycurl.POSTFIELDS, body)
        curl.perform()
        status = curl.getinfo(pycurl.RESPONSE_CODE)
        curl.close()
        with contextlib.suppress(ValueError):
            return status, json.loads(told.getvalue())
        return status, {}


def start_nginx(house: House) -> list[str | Path]:
    """Return the command that runs nginx with the file."""
    text = (DEPLOY / "proxy" / "nginx.conf").read_text()
    text = replaced(
        text,
        {
            "listen 443 ssl": f"listen 127.0.0.1:{house.port} ssl",
            "    listen [::]:443 ssl;\n": "",
            "/etc/ssl/unitwire/fullchain.pem": str(house.certificate),
            "/etc/ssl/unitwire/privkey.pem": str(house.key),
            UNITWIRE: house.unitwire,
        },
    )
    scratch = "".join(
        f"{kind}_temp_path {house.folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = house.folder / "nginx.conf"
    file.write_text(
        f"{'user root; ' if os.geteuid() == 0 else ''}"  # who owns the test's folder
        f"daemon off; pid {house.folder}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{scratch}{text}}}\n"
    )
    command: list[str | Path] = [program("nginx"), "-p", house.folder, "-c", file]
    run(*command, "-t", "-q")
    return command


def start_caddy(house: House) -> list[str | Path]:
    """Return the command that runs Caddy with the file."""
    text = (DEPLOY / "proxy" / "Caddyfile").read_text()
    ours = f"https://{HOST}:{house.port} {{\n\ttls {house.certificate} {house.key}\n"
    text = replaced(text, {f"{HOST} {{\n": ours, UNITWIRE: house.unitwire})
    file = house.folder / "Caddyfile"
    file.write_text(f"{{\n\tadmin off\n\tauto_https disable_redirects\n}}\n{text}")
    caddy = program("caddy")
    run(caddy, "validate", "--adapter", "caddyfile", "--config", file, HOME=str(house.folder))
    return [caddy, "run", "--adapter", "caddyfile", "--config", file]


def replaced(text: str, changes: dict[str, str]) -> str:
    """Return `text` with every change made, each of which must have had a place."""
    for old, new in changes.items():
        assert old in text, f"the file no longer says {old!r}"
        text = text.replace(old, new)
    return text


def certify(house: House) -> None:
    """Write a certificate for HOST."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    house.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    house.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


@contextlib.contextmanager
def running(command: list[str | Path], **options: object) -> Iterator["subprocess.Popen[str]"]:
    """Run `command`, and end it."""
    process = subprocess.Popen(command, text=True, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=START_S)


@pytest.fixture(params=[start_nginx, start_caddy], ids=["nginx", "caddy"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A running Unitwire behind a running proxy."""
    start: Callable[[House], list[str | Path]] = request.param
    env = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    env |= {"UNITWIRE_PUBLIC_URL": f"https://{HOST}", "UNITWIRE_TRUSTED_PROXIES": "1"}
    serve = [sys.executable, "-m", "connector", "serve", "--web-only", "--port", "0"]
    with running(serve, cwd=tmp_path, env=env, stdout=subprocess.PIPE) as unitwire:
        assert unitwire.stdout is not None
        at = next(word for word in unitwire.stdout.readline().split() if "127.0.0.1" in word)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        found = House(tmp_path, at.removeprefix("http://"), port)
        certify(found)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        home = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
        with running(start(found), cwd=tmp_path, env=home, **quiet):
            wait_for(port)
            yield found


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return


def test_a_request_goes_through(house: House) -> None:
    """Whoever asks under the public name is answered for it; the gauges are kept inside."""
    status, told = house.ask("/.well-known/oauth-authorization-server")
    assert (status, told["issuer"]) == (200, f"https://{HOST}")
    assert house.ask("/healthz")[0] == 200
    assert house.ask("/metrics")[0] == 404


def test_nobody_hides_behind_an_address_of_their_own_making(house: House) -> None:
    """A stranger is counted by the address that calls, whatever it says in X-Forwarded-For."""
    answers = [
        house.ask("/hooks/stora/we_1", b"{}", f"X-Forwarded-For: 203.0.113.{n}")[0]
        for n in range(FAILURES.most + 1)
    ]
    assert answers[-1] == 429
    assert 429 not in answers[: FAILURES.most]


def test_what_is_too_large_is_refused_in_unitwires_own_words(house: House) -> None:
    """One byte more than the limit, and the proxy lets Unitwire say so.

    Unitwire refuses before it has read the body, so a proxy that is still sending may see only that
    the connection ends, and say 502: of some tries all are refused, and one at least is told why.
    """
    most = Settings.max_body_bytes
    assert house.ask("/hooks/stora/we_1", b" " * most)[0] != 413
    answers = [house.ask("/hooks/stora/we_1", b" " * (most + 1)) for _ in range(10)]
    assert {status for status, _ in answers} <= {413, 502}
    assert (413, {"error"}) in [(status, set(told)) for status, told in answers]
