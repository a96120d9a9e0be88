import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-task",
  name: "Get Task",
  description: "Finds a task by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    task_id: {
      propDefinition: [unitwire, "task"],
      label: "Task",
      description: "The task.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_task", ["task_id"]);
  },
};
