import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-reopen-task",
  name: "Reopen Task",
  description: "Opens a task again that was done.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    task_id: {
      propDefinition: [unitwire, "task"],
      label: "Task",
      description: "The task to open again.",
    },
  },
  async run({ $ }) {
    return run($, this, "reopen_task", ["task_id"]);
  },
};
