import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-contracts",
  name: "List Contracts",
  description: "Lists contracts, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The customer who signs.",
      optional: true,
    },
    tenancy_id: {
      propDefinition: [unitwire, "tenancy"],
      label: "Tenancy",
      description: "The tenancy that the contract is about.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "How far the contract has come.",
      optional: true,
      options: [{"label": "Pending", "value": "pending"}, {"label": "Signed", "value": "signed"}, {"label": "Voided", "value": "voided"}, {"label": "Declined", "value": "declined"}, {"label": "Deleted", "value": "deleted"}],
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only contracts that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only contracts that were created before this time.",
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
    return run($, this, "list_contracts", ["contact_id", "tenancy_id", "status", "created_after", "created_before", "limit"]);
  },
};
