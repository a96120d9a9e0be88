import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-invoice",
  name: "Get Invoice",
  description: "Finds an invoice by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    invoice_id: {
      propDefinition: [unitwire, "invoice"],
      label: "Invoice",
      description: "The invoice.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_invoice", ["invoice_id"]);
  },
};
