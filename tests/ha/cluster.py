"""A highly available PostgreSQL on this machine: three servers managed by Patroni, three etcd.

The way an operator would set it up on three machines, with Debian's packages, on loopback ports.
Replication is synchronous and strict: a commit is answered only once a second server has it on its
disk too. Everything belongs to an unprivileged user and is gone at the end.

    PYTHONPATH=tests .venv/bin/python -m ha.cluster    # prints the address, runs until Ctrl-C
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import psycopg
from ha.members import Member, Server, ask

SUPERUSER, REPLICATOR, DATABASE = "postgres", "replicator", "unitwire"
SCOPE = "unitwire"
TTL_S = 20  # how long a leader's key outlives it: the least that newer Patronis accept
START_S = 60.0
TICK_S = 0.1
PACKAGES = "Debian's packages patroni, etcd-server and postgresql"


def programs() -> dict[str, str]:
    """Return where the programs are, nothing if one is missing."""
    newest = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None, key=version)
    found = {name: shutil.which(name) for name in ("patroni", "patronictl", "etcd")}
    if newest is None or None in found.values():
        return {}
    return {"postgres": str(newest.parent)} | {name: str(path) for name, path in found.items()}


def version(program: Path) -> int:
    """Return the major version in the path of a Debian PostgreSQL program."""
    return int(program.parts[-3])


def free_ports(count: int) -> list[int]:
    """Return that many ports nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def until(condition: Callable[[], Any], seconds: float = START_S) -> Any:
    """Return what `condition` returns once that is true; an exception of its is not yet true."""
    end = time.monotonic() + seconds
    problem: Exception | None = None
    while time.monotonic() < end:
        try:
            if value := condition():
                return value
        except Exception as error:
            problem = error
        time.sleep(TICK_S)
    raise TimeoutError(f"not within {seconds} s") from problem


class Cluster:
    """A context: three etcd, three servers, and an empty database `unitwire` in them."""

    def __enter__(self) -> "Cluster":
        self._programs = programs()
        self._folder = Path(tempfile.mkdtemp(prefix="unitwire-ha-"))
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
        try:
            self._set_up()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for member in (*self.servers, *self.etcds):
            member.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The address that finds the primary, whichever it is."""
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.servers)
        return f"postgresql://{SUPERUSER}@{hosts}/{DATABASE}?target_session_attrs=read-write"

    def connect(self, server: Server, database: str = DATABASE, **more: Any) -> psycopg.Connection:
        """Return a connection to this very server, whatever it is."""
        return psycopg.connect(
            host="127.0.0.1", port=server.port, dbname=database, user=SUPERUSER, **more
        )

    @property
    def primary(self) -> Server:
        """The server that takes writes, waited for."""
        found: Server = until(lambda: next(s for s in self.servers if s.role == "master"))
        return found

    @property
    def replicas(self) -> list[Server]:
        """The others, the synchronous one first."""
        roles = {server: server.role for server in self.servers}
        found = [server for server, role in roles.items() if role in ("replica", "sync_standby")]
        return sorted(found, key=lambda server: roles[server] != "sync_standby")

    def await_whole(self) -> None:
        """Wait until there is a primary with two replicas, one of them synchronous."""

        def whole() -> bool:
            roles = sorted(server.role for server in self.servers)
            return roles == ["master", "replica", "sync_standby"]

        until(whole)

    def switch_over(self) -> None:
        """Move the primary's part to another server in good order, as an operator does."""
        command = [self._programs["patronictl"], "-c", str(self._config(self.servers[0].name))]
        command += ["switchover", SCOPE, "--force", "--leader", self.primary.name]
        subprocess.run(command, check=True, capture_output=True, timeout=START_S)

    @property
    def etcd_leader(self) -> Member:
        """The etcd member that leads."""
        for member, url in self.etcds.items():
            with suppress(OSError):
                if ask(f"{url}/v2/stats/self")["state"] == "StateLeader":
                    return member
        raise LookupError("no etcd leads")

    def _set_up(self) -> None:
        ports = iter(free_ports(12))
        self.etcds: dict[Member, str] = {}
        self.servers: list[Server] = []
        peers = [(f"etcd{n}", next(ports), next(ports)) for n in (1, 2, 3)]
        for name, client, peer in peers:
            member = Member(name, self._etcd(name, client, peer, peers), self._folder)
            self.etcds[member] = f"http://127.0.0.1:{client}"
            member.start()
        hosts = [f"127.0.0.1:{client}" for _, client, _ in peers]
        for name in ("alpha", "beta", "gamma"):
            data, port, api = self._folder / f"{name}-data", next(ports), next(ports)
            self._config(name).write_text(
                json.dumps(patroni(name, hosts, port, api, data, self._programs["postgres"]))
            )
            command = [self._programs["patroni"], str(self._config(name))]
            server = Server(name, command, self._folder, data, port, api)
            self.servers.append(server)
            server.start()
        primary = self.primary
        with self.connect(primary, "postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        self.await_whole()

    def _config(self, name: str) -> Path:
        return self._folder / f"{name}.yml"  # JSON is YAML too

    def _etcd(
        self, name: str, client: int, peer: int, peers: list[tuple[str, int, int]]
    ) -> list[str]:
        cluster = ",".join(f"{each}=http://127.0.0.1:{port}" for each, _, port in peers)
        mine, clients = f"http://127.0.0.1:{peer}", f"http://127.0.0.1:{client}"
        return [
            *(self._programs["etcd"], "--name", name),
            *("--data-dir", str(self._folder / name)),
            *("--listen-client-urls", clients, "--advertise-client-urls", clients),
            *("--listen-peer-urls", mine, "--initial-advertise-peer-urls", mine),
            *("--initial-cluster", cluster, "--initial-cluster-state", "new"),
            *("--heartbeat-interval", "200", "--election-timeout", "2000"),
            *("--enable-v2", "--logger", "zap"),
        ]


def patroni(
    name: str, etcds: list[str], port: int, api: int, data: Path, programs: str
) -> dict[str, Any]:
    """Return Patroni's configuration of one server."""
    return {
        "scope": SCOPE,
        "name": name,
        "restapi": {"listen": f"127.0.0.1:{api}", "connect_address": f"127.0.0.1:{api}"},
        # By etcd's older interface: by the newer one Patroni 3.0.2 (Debian 12) takes the leader's
        # key back unseen when it thaws, and what others acknowledged meanwhile is gone.
        "etcd": {"hosts": etcds},
        "bootstrap": {
            "dcs": {
                "ttl": TTL_S,
                "loop_wait": 2,
                "retry_timeout": 5,
                "synchronous_mode": True,
                "synchronous_mode_strict": True,
                "postgresql": {
                    "use_pg_rewind": True,
                    "parameters": {"max_connections": 200, "shared_buffers": "64MB"},
                },
            },
            "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, "data-checksums"],
        },
        "postgresql": {
            "listen": f"127.0.0.1:{port}",
            "connect_address": f"127.0.0.1:{port}",
            "data_dir": str(data),
            "bin_dir": programs,
            "pgpass": str(data.with_suffix(".pgpass")),
            "basebackup": [{"checkpoint": "fast"}],  # else it waits for the next timed one
            "authentication": {
                "superuser": {"username": SUPERUSER},
                "replication": {"username": REPLICATOR},
            },
            "parameters": {"unix_socket_directories": str(data.parent)},
            "pg_hba": [  # a test's cluster on this machine's loopback, gone within minutes
                "local all all trust",
                "host all all 127.0.0.1/32 trust",
                "host replication all 127.0.0.1/32 trust",
            ],
        },
    }


def main() -> None:
    """Run a cluster to try things on."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), Cluster() as cluster:
        print(cluster.url, flush=True)  # noqa: T201
        threading.Event().wait()


if __name__ == "__main__":
    main()
