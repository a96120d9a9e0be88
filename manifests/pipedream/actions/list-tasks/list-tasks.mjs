import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-tasks",
  name: "List Tasks",
  description: "Lists tasks, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    assignee_id: {
      propDefinition: [unitwire, "staff"],
      label: "Assignee",
      description: "The team member who has to do it.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site where it has to be done.",
      optional: true,
    },
    resource_id: {
      propDefinition: [unitwire, "contactOrUnit", (form) => ({ site: form.site_id })],
      label: "About",
      description: "What the task is about.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "Whether it is still to be done.",
      optional: true,
      options: [{"label": "Open", "value": "open"}, {"label": "Completed", "value": "completed"}],
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only tasks that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only tasks that were created before this time.",
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
    return run($, this, "list_tasks", ["assignee_id", "site_id", "resource_id", "status", "created_after", "created_before", "limit"]);
  },
};
