import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-credit-note",
  name: "Get Credit Note",
  description: "Finds a credit note by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    credit_note_id: {
      propDefinition: [unitwire, "creditNote"],
      label: "Credit Note",
      description: "The credit note.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_credit_note", ["credit_note_id"]);
  },
};
