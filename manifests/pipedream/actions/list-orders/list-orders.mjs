import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-orders",
  name: "List Orders",
  description: "Lists orders, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The contact who books.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site where the customer rents.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "How far the order has come.",
      optional: true,
      options: [{"label": "Draft", "value": "draft"}, {"label": "Finalized", "value": "finalized"}, {"label": "Completed", "value": "completed"}],
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only orders that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only orders that were created before this time.",
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
    return run($, this, "list_orders", ["contact_id", "site_id", "status", "created_after", "created_before", "limit"]);
  },
};
