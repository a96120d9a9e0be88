import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-reopen-deal",
  name: "Reopen Deal",
  description: "Opens a deal again that was won or lost.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    deal_id: {
      propDefinition: [unitwire, "deal"],
      label: "Deal",
      description: "The deal to open again.",
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
  },
  async run({ $ }) {
    return run($, this, "reopen_deal", ["deal_id", "stage_id", "assignee_id"]);
  },
};
