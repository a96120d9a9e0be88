"""PostgreSQL databases for tests, used again and again.

To make one takes a third of a second and a test needs it for less. So a database that comes back is
emptied and given out again, unless something besides its rows is not as it was: then it is dropped.
"""

import itertools
import os

import psycopg
from psycopg.sql import SQL, Identifier

numbers = itertools.count(1)

# All of a database that a test could change, but its rows.
SHAPE = """
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
      SELECT format('%s %s %s %s %s %s %s', oid::regclass, relkind, relacl, reloptions,
                    relrowsecurity, relowner, relpersistence)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
      UNION ALL
      SELECT format('%s %s %s %s %s', attrelid::regclass, attnum, attname, atttypid, attnotnull)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace
      UNION ALL SELECT pg_get_indexdef(indexrelid) || indisvalid FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace
      UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint
      UNION ALL SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
      UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL SELECT format('%s %s', nspname, nspacl) FROM pg_namespace
        WHERE nspname !~ '^pg_(temp|toast_)'
      UNION ALL SELECT setconfig::text FROM pg_db_role_setting
        WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
      UNION ALL SELECT starelid::regclass::text FROM pg_statistic
        JOIN pg_class ON pg_class.oid = starelid WHERE relnamespace = 'public'::regnamespace
      UNION ALL SELECT version_num FROM alembic_version
    ) AS lines (line)
"""
END_OTHERS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
      AND backend_type = 'client backend'
"""
TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
"""


def address(server: str, name: str) -> str:
    """Return the address of database `name` on `server`."""
    head, _, query = server.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{'?' + query if query else ''}"


class Databases:
    """Copies of the database `template` on `server`, with its tables and nothing in them."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._spare: list[str] = []
        self._shape: object = None

    def take(self) -> str:
        """Return the name of one that nobody uses."""
        if self._spare:
            return self._spare.pop()
        name = f"test_{os.getpid()}_{next(numbers)}"
        self._command(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                Identifier(name), Identifier(self._template)
            )
        )
        if self._shape is None:
            with psycopg.connect(address(self._server, name)) as new:
                self._shape = shape(new)
        return name

    def give_back(self, name: str) -> None:
        """Let another test have it, or drop it where that could tell the difference."""
        try:
            with psycopg.connect(address(self._server, name), autocommit=True) as used:
                used.execute(END_OTHERS)
                as_new = shape(used) == self._shape
                if as_new:
                    empty(used)
        except psycopg.Error:
            as_new = False
        if as_new:
            self._spare.append(name)
        else:
            drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            self._command(drop.format(Identifier(name)))

    def _command(self, command: psycopg.sql.Composed) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(command)


def shape(connection: psycopg.Connection) -> object:
    """Return what is the same for two databases that differ in their rows at most."""
    found = connection.execute(SHAPE).fetchone()
    return found and found[0]


def empty(connection: psycopg.Connection) -> None:
    """Remove all rows."""
    names = [name for (name,) in connection.execute(TABLES)]
    look = SQL(" UNION ALL ").join(
        SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, Identifier(name))
        for name in names
    )
    if filled := [Identifier(name) for (name,) in connection.execute(look)]:
        connection.execute(SQL("TRUNCATE {}").format(SQL(", ").join(filled)))
