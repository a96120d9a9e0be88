import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-invoices",
  name: "List Invoices",
  description: "Lists invoices, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The customer who is billed.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site the invoice belongs to.",
      optional: true,
    },
    subscription_id: {
      propDefinition: [unitwire, "subscription"],
      label: "Subscription",
      description: "The subscription that is billed.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "How far the invoice has come.",
      optional: true,
      options: [{"label": "Draft", "value": "draft"}, {"label": "Open", "value": "open"}, {"label": "Paid", "value": "paid"}, {"label": "Uncollectible", "value": "uncollectible"}, {"label": "Void", "value": "void"}],
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only invoices that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only invoices that were created before this time.",
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
    return run($, this, "list_invoices", ["contact_id", "site_id", "subscription_id", "status", "created_after", "created_before", "limit"]);
  },
};
