import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-deals",
  name: "List Deals",
  description: "Lists deals, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The contact who may rent.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site where the contact may rent.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "Whether the deal is open, won or lost.",
      optional: true,
      options: [{"label": "Open", "value": "open"}, {"label": "Won", "value": "won"}, {"label": "Lost", "value": "lost"}],
    },
    stage_id: {
      propDefinition: [unitwire, "dealStage"],
      label: "Stage",
      description: "How far the deal has come.",
      optional: true,
    },
    assignee_id: {
      propDefinition: [unitwire, "staff"],
      label: "Assignee",
      description: "The team member who looks after the deal.",
      optional: true,
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only deals that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only deals that were created before this time.",
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
    return run($, this, "list_deals", ["contact_id", "site_id", "status", "stage_id", "assignee_id", "created_after", "created_before", "limit"]);
  },
};
