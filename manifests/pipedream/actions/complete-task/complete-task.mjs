import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-complete-task",
  name: "Complete Task",
  description: "Marks a task as done.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    task_id: {
      propDefinition: [unitwire, "task"],
      label: "Task",
      description: "The task to complete.",
    },
  },
  async run({ $ }) {
    return run($, this, "complete_task", ["task_id"]);
  },
};
