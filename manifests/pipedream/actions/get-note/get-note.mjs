import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-note",
  name: "Get Note",
  description: "Finds a note by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    note_id: {
      propDefinition: [unitwire, "note"],
      label: "Note",
      description: "The note.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_note", ["note_id"]);
  },
};
