import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-deal",
  name: "Get Deal",
  description: "Finds a deal by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    deal_id: {
      propDefinition: [unitwire, "deal"],
      label: "Deal",
      description: "The deal.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_deal", ["deal_id"]);
  },
};
