"""A small Internet with a name server that lies, for the target guard: run by test_targets.py.

It must be run as `unshare --mount --net python rebinding.py FOLDER`: in a network of its own it
takes public and private addresses for itself, and in a file system of its own it names itself as
the name server. So Unitwire's dispatcher resolves through the system's real resolver, and dials
real sockets.

Everything listens on port 443. FOLDER/told.json then tells what came of each delivery (`outcomes`),
how many connections each address saw (`connections`), and how often each name was asked for
(`asked`).
"""

import datetime
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from ipaddress import IPv6Address
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from dnslib import AAAA, CNAME, QTYPE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSServer
from stage import UPSTREAM_SECRET, all_deliveries, connect, listen

from connector import world
from connector.dispatcher import Dispatcher
from connector.flows import resolve
from connector.flows.deliveries import replay
from connector.flows.parts import open_parts
from connector.flows.receive import receive
from connector.settings import Settings
from connector.stora.signature import sign

PUBLIC, PUBLIC6 = "93.184.216.34", "2606:2800:220:1::1"
CANARIES = (
    "127.0.0.1", "10.0.0.5", "172.16.0.5", "192.168.0.5", "169.254.169.254", "100.64.0.5",
    "192.0.2.5", "198.18.0.5", "168.63.129.16", "::1", "fd00:ec2::254", "fc00::5", "2002:7f00:1::",
    "64:ff9b::7f00:1", "2001:db8::5", "fec0::5",
)  # fmt: skip
MAPPED = ("::ffff:127.0.0.1", "::ffff:10.0.0.5", "::127.0.0.1", "64:ff9b::a00:5")

Answers = tuple[str, ...]
# What each name stands for, the first time it is asked for, the second time, and so on.
NAMES: dict[str, tuple[Answers, ...]] = {
    "good.test": ((PUBLIC,),),
    "good6.test": ((PUBLIC6,),),
    "rebind.test": ((PUBLIC,), ("127.0.0.1",)),
    "rebind-metadata.test": ((PUBLIC,), ("169.254.169.254",)),
    "flip.test": ((PUBLIC,), ("10.0.0.5",), (PUBLIC,), ("127.0.0.1",)),
    "mixed.test": ((PUBLIC, "10.0.0.5"),),
    "mixed-first.test": (("10.0.0.5", PUBLIC),),
    "mixed-family.test": ((PUBLIC, "::1"),),
    "alias.test": (("inside.test.",),),
    "inside.test": (("10.0.0.5",),),
    **{f"to-{number}.test": ((each,),) for number, each in enumerate(CANARIES + MAPPED)},
}


class Liar(BaseResolver):
    """The name server: each time a name is asked for (its A record), the next answer counts."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()

    def resolve(self, request: DNSRecord, _handler: DNSHandler) -> DNSRecord:
        """Answer a question; every answer may be kept for 0 seconds."""
        reply = request.reply()
        name, kind = str(request.q.qname).rstrip("."), QTYPE[request.q.qtype]
        turns = NAMES.get(name, ((),))
        if kind == "A":
            self.asked[name] += 1
        for each in turns[min(max(self.asked[name], 1), len(turns)) - 1]:
            if each.endswith("."):
                reply.add_answer(RR(name, QTYPE.CNAME, rdata=CNAME(each), ttl=0))
                for inner in NAMES[each.rstrip(".")][0]:
                    reply.add_answer(RR(each, QTYPE.A, rdata=A(inner), ttl=0))
            elif ":" in each and kind == "AAAA":
                reply.add_answer(
                    RR(name, QTYPE.AAAA, rdata=AAAA(tuple(IPv6Address(each).packed)), ttl=0)
                )
            elif ":" not in each and kind == "A":
                reply.add_answer(RR(name, QTYPE.A, rdata=A(each), ttl=0))
        return reply


def run(*command: str) -> None:
    """Run a command of the system."""
    subprocess.run(command, check=True)


def make_a_world(folder: Path) -> None:
    """Take all addresses, and make this process its own name server."""
    run("ip", "link", "set", "lo", "up")
    for each in (PUBLIC, PUBLIC6, *CANARIES):
        if each not in ("127.0.0.1", "::1"):
            run("ip", "address", "add", each, "dev", "lo", *(["nodad"] if ":" in each else []))
    for name, text in (
        ("resolv.conf", "nameserver 127.0.0.1\n"),
        ("nsswitch.conf", "hosts: dns\n"),
    ):
        (folder / name).write_text(text)
        run("mount", "--bind", str(folder / name), f"/etc/{name}")


def certificate(folder: Path) -> Path:
    """Write a self-signed certificate for all names, with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, NAMES))), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


def listen_on(address: str, context: ssl.SSLContext, seen: Counter[str]) -> None:
    """Count connections to port 443 of an address, and answer whoever speaks TLS with 200."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.create_server((address, 443), family=family, backlog=64)

    def serve(connection: socket.socket) -> None:
        with connection, context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            seen[address] += 1
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def main(folder: Path) -> None:
    """Send to every name, then send again what was sent, and tell what came of it."""
    make_a_world(folder)
    file = certificate(folder)
    certifi.where = lambda: str(file)  # the one authority that is trusted here
    resolve.FRESH_S = 0.0  # names are asked for anew each time
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    seen: Counter[str] = Counter()
    for address in (PUBLIC, PUBLIC6, *CANARIES):
        listen_on(address, context, seen)
    liar = Liar()
    DNSServer(liar, port=53, address="127.0.0.1").start_thread()

    parts = open_parts(Settings(database_url=f"sqlite:///{folder / 'unitwire.db'}"))
    connect(parts)
    for name in NAMES:
        listen(parts, name, url=f"https://{name}/")
        body = json.dumps({"event": {"id": f"evt_{name[:-5]}", "type": "invoice.paid"}}).encode()
        receive(parts, name, sign(UPSTREAM_SECRET, body, world.now_ms() // 1000), body)
    dispatcher = Dispatcher(parts)

    outcomes: dict[str, list[str]] = {name: [] for name in NAMES}
    for times in (1, 2):
        end = world.monotonic() + 30
        while world.monotonic() < end:
            dispatcher.turn(0.1)
            if all(row.attempts == times and not row.lease for row in all_deliveries(parts)):
                break
        for row in all_deliveries(parts):
            outcomes[row.endpoint_id].append(row.reason or row.status)
            replay(parts, row.connection_id, row.id)
    parts.close()
    told = {"outcomes": outcomes, "connections": seen, "asked": liar.asked}
    (folder / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
