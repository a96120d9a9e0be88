import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-notes",
  name: "List Notes",
  description: "Lists notes, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    resource_id: {
      propDefinition: [unitwire, "contactOrUnitOrSubscriptionOrTask"],
      label: "About",
      description: "What the note is about.",
      optional: true,
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only notes that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only notes that were created before this time.",
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
    return run($, this, "list_notes", ["resource_id", "created_after", "created_before", "limit"]);
  },
};
