import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-subscriptions",
  name: "List Subscriptions",
  description: "Lists subscriptions, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The customer who pays.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site where the customer rents.",
      optional: true,
    },
    tenancy_id: {
      propDefinition: [unitwire, "tenancy"],
      label: "Tenancy",
      description: "The tenancy that is paid for.",
      optional: true,
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only subscriptions that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only subscriptions that were created before this time.",
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
    return run($, this, "list_subscriptions", ["contact_id", "site_id", "tenancy_id", "created_after", "created_before", "limit"]);
  },
};
