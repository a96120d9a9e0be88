import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-credit-note-pdf",
  name: "Get Credit Note PDF",
  description: "Gets a credit note as a PDF file.",
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
    return run($, this, "get_credit_note_pdf", ["credit_note_id"]);
  },
};
