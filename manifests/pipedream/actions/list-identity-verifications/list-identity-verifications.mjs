import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-identity-verifications",
  name: "List Identity Verifications",
  description: "Lists identity verifications, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The contact who proves who they are.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "How far the verification has come.",
      optional: true,
      options: [{"label": "Processing", "value": "processing"}, {"label": "Succeeded", "value": "succeeded"}, {"label": "Failed", "value": "failed"}, {"label": "Cancelled", "value": "cancelled"}],
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only identity verifications that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only identity verifications that were created before this time.",
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
    return run($, this, "list_identity_verifications", ["contact_id", "status", "created_after", "created_before", "limit"]);
  },
};
