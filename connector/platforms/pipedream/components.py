"""Sources and actions, a module each, as Pipedream's registry wants them."""

import json
from typing import Any, Final

from connector.catalogue.actions.row import Action
from connector.catalogue.describe import describe
from connector.catalogue.events import EVENT, EventType
from connector.platforms.pipedream.props import props_of
from connector.platforms.triggers import trigger_label, trigger_sample
from connector.platforms.wording import kebab_case, title_case

APP: Final = "unitwire"
VERSION: Final = "0.0.1"
_SHOWN: Final = EVENT["invoice.paid"]  # what the sample of the source on any event shows

File = tuple[str, str]


def _text(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def _head(key: str, name: str, description: str, kind: str) -> str:
    return (
        f"  key: {_text(f'{APP}-{key}')},\n  name: {_text(name)},\n"
        f"  description: {_text(description)},\n  version: {_text(VERSION)},\n"
        f"  type: {_text(kind)},\n"
    )


def source_name(event: EventType | None) -> str:
    """Return what a person picks a source by; `event` None is the one for any event."""
    label = trigger_label(event) if event else "New Event"
    return f"{label if label.startswith('New ') else f'New {label}'} (Instant)"


def source(event: EventType | None) -> tuple[File, File]:
    """Return a source and its sample; of any event without one."""
    key = kebab_case(event.type if event else "new_event") + "-instant"
    name = source_name(event)
    when = event.help.removeprefix("Triggers ") if event else "when any of those chosen happens."
    types = _text([event.type]) if event else "this.eventTypes"
    asked = "" if event else '    eventTypes: { propDefinition: [unitwire, "eventTypes"] },\n'
    code = (
        'import common from "../../common/source.mjs";\n'
        'import unitwire from "../../unitwire.app.mjs";\n'
        'import sampleEmit from "./test-event.mjs";\n\n'
        f"export default {{\n  ...common,\n"
        f"{_head(key, name, f'Emit new event {when}', 'source')}"
        '  dedupe: "unique",\n'
        f"  props: {{\n    ...common.props,\n    unitwire,\n{asked}  }},\n"
        "  methods: {\n    ...common.methods,\n"
        f"    types() {{\n      return {types};\n    }},\n  }},\n"
        "  sampleEmit,\n};\n"
    )
    shown = _text(trigger_sample(event or _SHOWN), 2)
    folder = f"sources/{key}"
    return (
        (f"{folder}/{key}.mjs", code),
        (f"{folder}/test-event.mjs", f"export default {shown};\n"),
    )


def action(row: Action) -> tuple[File]:
    """Return an action, or a search."""
    key = kebab_case(row.key)
    keys = [field.key for field in describe(row.input)]
    reads = row.kind == "search"
    hints = {"readOnlyHint": reads, "destructiveHint": row.danger, "openWorldHint": True}
    code = (
        'import { run } from "../../common/action.mjs";\n'
        'import unitwire from "../../unitwire.app.mjs";\n\n'
        f"export default {{\n{_head(key, title_case(row.label), row.help, 'action')}"
        f"  annotations: {_text(hints)},\n"
        f"  props: {{\n    unitwire,\n{props_of(describe(row.input))}  }},\n"
        f"  async run({{ $ }}) {{\n    return run($, this, {_text(row.key)}, {_text(keys)});\n"
        "  },\n};\n"
    )
    return ((f"actions/{key}/{key}.mjs", code),)
