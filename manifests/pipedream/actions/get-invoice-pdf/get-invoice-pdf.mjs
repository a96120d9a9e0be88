import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-invoice-pdf",
  name: "Get Invoice PDF",
  description: "Gets an invoice as a PDF file.",
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
    return run($, this, "get_invoice_pdf", ["invoice_id"]);
  },
};
