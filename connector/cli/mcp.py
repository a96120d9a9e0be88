"""`unitwire mcp`: the tools for assistants on standard input and output, one message a line.

For an assistant on the same machine as this installation (MCP: basic/transports, stdio); from
elsewhere it reaches the same tools at /mcp.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog

from connector.cli.children import end_in_order
from connector.cli.shown import opened, print_json

if TYPE_CHECKING:
    from connector.flows.parts import Parts

log = structlog.get_logger()

NAME = "unitwire mcp"
REFUSED = -32000  # JSON-RPC leaves this one to servers


@click.command()
@click.option(
    "--connection",
    "connection_id",
    metavar="ID",
    help="Act for this connection, with all that it may do, as long as the assistant runs.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Act with the personal token in this file (`unitwire tokens add`), within its scopes.",
)
def mcp(connection_id: str | None, token_file: Path | None) -> None:
    """Give an assistant on this machine tools to work in Stora (MCP).

    Speaks MCP on standard input and output. Name a connection, or a file with a personal token.
    """
    if bool(connection_id) == bool(token_file):
        raise click.UsageError("Name one of the two: --connection or --token-file.")
    end_in_order()
    with opened() as parts, token(parts, connection_id, token_file) as bearer:
        from connector.flows.callers import caller_of

        caller_of(parts, bearer)  # a wrong token is told at once
        for line in sys.stdin.buffer:
            replied = reply(parts, bearer, line)
            if replied is not None:
                print_json(replied)


@contextmanager
def token(parts: "Parts", connection_id: str | None, file: Path | None) -> Iterator[str]:
    """Give the `Authorization` that is acted with; one made for a connection ends afterwards."""
    from connector.flows.personal_tokens import add_token, revoke_grant

    if file is not None:
        yield f"Bearer {file.read_text().strip()}"
        return
    grant_id, made = add_token(parts, connection_id=str(connection_id), name=NAME)
    try:
        yield f"Bearer {made}"
    finally:
        revoke_grant(parts, grant_id)


def reply(parts: "Parts", bearer: str, line: bytes) -> dict[str, Any] | None:
    """Return the answer to one line; None where it asks for nothing.

    The token is looked at each time, so that a revoked one acts no more.
    """
    from connector.dialect.body import parse_json
    from connector.errors import Internal, InvalidRequest, UnitwireError
    from connector.flows.callers import caller_of
    from connector.flows.mcp import INTERNAL_ERROR, PARSE_ERROR, RpcError, respond

    if not line.strip():
        return None
    try:
        message = parse_json(line)
    except InvalidRequest as problem:
        return RpcError(PARSE_ERROR, problem.message).document()
    try:
        return respond(parts, caller_of(parts, bearer), message)
    except UnitwireError as problem:
        return RpcError(REFUSED, problem.message).document(message)
    except Exception:
        log.exception("unexpected_error")
        return RpcError(INTERNAL_ERROR, Internal.default).document(message)
