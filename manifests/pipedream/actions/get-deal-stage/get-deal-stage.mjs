import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-deal-stage",
  name: "Get Deal Stage",
  description: "Finds a deal stage by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    deal_stage_id: {
      propDefinition: [unitwire, "dealStage"],
      label: "Deal Stage",
      description: "The deal stage.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_deal_stage", ["deal_stage_id"]);
  },
};
