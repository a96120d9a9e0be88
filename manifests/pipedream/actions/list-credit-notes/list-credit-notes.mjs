import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-credit-notes",
  name: "List Credit Notes",
  description: "Lists credit notes, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The customer who is credited.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site it belongs to.",
      optional: true,
    },
    invoice_id: {
      propDefinition: [unitwire, "invoice"],
      label: "Invoice",
      description: "The invoice it belongs to.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "Whether the credit note stands.",
      optional: true,
      options: [{"label": "Issued", "value": "issued"}, {"label": "Void", "value": "void"}],
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only credit notes that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only credit notes that were created before this time.",
      optional: true,
    },
    limit: {
      type: "integer",
      label: "Limit",
      description: "How many results at most, up to 100; 20 if you say nothing.",
      optional: true,
    },
  },
  async run({ $ }) {
    return run($, this, "list_credit_notes", ["contact_id", "site_id", "invoice_id", "status", "created_after", "created_before", "limit"]);
  },
};
