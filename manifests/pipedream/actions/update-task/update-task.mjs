import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-update-task",
  name: "Update Task",
  description: "Changes a task. Fields that are left blank stay as they are.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    task_id: {
      propDefinition: [unitwire, "task"],
      label: "Task",
      description: "The task to change.",
    },
    title: {
      type: "string",
      label: "Task Title",
      description: "What is to be done, in a few words.",
      optional: true,
    },
    description: {
      type: "string",
      label: "Description",
      description: "What is to be done; it may contain HTML.",
      optional: true,
    },
    due_at: {
      type: "string",
      label: "Due At",
      description: "By when it has to be done.",
      optional: true,
    },
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
      description: "The contact or unit that the task is about.",
      optional: true,
    },
    metadata: {
      type: "object",
      label: "Metadata",
      description: "Your own keys and texts on the task, such as its number in another system.",
      optional: true,
    },
    clear: {
      type: "string[]",
      label: "Fields to Empty",
      description: "Fields to empty in Stora. A field that you only leave blank keeps what it has.",
      optional: true,
      options: [{"label": "Description", "value": "description"}, {"label": "Due at", "value": "due_at"}, {"label": "Assignee ID", "value": "assignee_id"}, {"label": "Site ID", "value": "site_id"}, {"label": "Resource ID", "value": "resource_id"}, {"label": "Metadata", "value": "metadata"}],
    },
  },
  async run({ $ }) {
    return run($, this, "update_task", ["task_id", "title", "description", "due_at", "assignee_id", "site_id", "resource_id", "metadata", "clear"]);
  },
};
