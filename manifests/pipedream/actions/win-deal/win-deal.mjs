import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-win-deal",
  name: "Win Deal",
  description: "Marks a deal as won.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    deal_id: {
      propDefinition: [unitwire, "deal"],
      label: "Deal",
      description: "The deal to win.",
    },
  },
  async run({ $ }) {
    return run($, this, "win_deal", ["deal_id"]);
  },
};
