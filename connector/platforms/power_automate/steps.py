"""The connector's actions and searches, the choices of their fields, and the connection's label."""

from typing import Final

from connector.catalogue.actions.row import Action
from connector.catalogue.describe import describe
from connector.catalogue.picklists import PICKLIST, PICKLISTS
from connector.catalogue.wording import label_of, words_of
from connector.platforms.power_automate.pieces import PROBLEMS, body, field, parameter
from connector.platforms.power_automate.schemas import CHOICES, Schema, input_schema, output_schema
from connector.platforms.wording import pascal_case, title_case

MOST_CHOICES: Final = 100  # on one page; a dropdown here has no second one
RUN_ID: Final = "Unitwire-Run-Id"


def step(action: Action) -> Schema:
    """Return an action or a search as an operation."""
    repeat = parameter(
        RUN_ID,
        "header",
        "Run ID",
        "The ID of the flow's run, so that a repeat after a lost answer does nothing twice.",
    )
    return {
        "operationId": pascal_case(action.key),
        "summary": action.label,
        "description": action.help,
        "parameters": [
            body(input_schema(describe(action.input)), "Fields", "What to do it with."),
            *([repeat | {"x-ms-visibility": "advanced"}] if action.repeat != "read" else []),
        ],
        "responses": {
            "200": {"description": "What came of it.", "schema": output_schema(action.output)},
            **PROBLEMS,
        },
    }


def choices() -> Schema:
    """Return the operation that fills dropdowns."""
    narrows = sorted({name for row in PICKLISTS for name in row.depends})
    item = (
        field("value", "Value", "text", "What is filled in.", "site_1"),
        field("label", "Label", "text", "What people read.", "Harbour"),
    )
    return {
        "operationId": CHOICES,
        "summary": "List choices",
        "description": "Fills the dropdowns of other steps.",
        "x-ms-visibility": "internal",
        "parameters": [
            parameter("name", "path", "Picklist", "Of which field.", required=True)
            | {"enum": list(PICKLIST)},
            *(
                parameter(
                    name, "query", title_case(label_of(name)), f"Only of this {words_of(name)}."
                )
                for name in narrows
            ),
            {
                "name": "limit",
                "in": "query",
                "required": True,
                "type": "integer",
                "default": MOST_CHOICES,
                "x-ms-summary": "Limit",
                "description": "How many at most.",
                "x-ms-visibility": "internal",
            },
        ],
        "responses": {
            "200": {
                "description": "The choices.",
                "schema": output_schema(
                    [field("items", "Choices", "list", "The choices.", [], item)]
                ),
            },
            **PROBLEMS,
        },
    }


def connection() -> Schema:
    """Return the operation that says which Stora account a flow works with."""
    name = field("name", "Operator name", "text", "What it is called.", "Harbour Self Storage")
    return {
        "operationId": "GetConnection",
        "summary": "Get connection",
        "description": "Tells which Stora account the flow works with.",
        "x-ms-visibility": "advanced",
        "parameters": [],
        "responses": {
            "200": {
                "description": "The connection.",
                "schema": output_schema(
                    [
                        field("connection", "Connection ID", "text", "Identifies it.", "conn_1"),
                        field("operator", "Operator", "object", "Whose it is.", {}, (name,)),
                    ]
                ),
            },
            **PROBLEMS,
        },
    }
