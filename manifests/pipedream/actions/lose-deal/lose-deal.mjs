import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-lose-deal",
  name: "Lose Deal",
  description: "Marks a deal as lost.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    deal_id: {
      propDefinition: [unitwire, "deal"],
      label: "Deal",
      description: "The deal to lose.",
    },
    lost_reason: {
      type: "string",
      label: "Lost Reason",
      description: "Why the deal is lost.",
      options: [{"label": "Accessibility concern", "value": "accessibility_concern"}, {"label": "Better deal elsewhere", "value": "better_deal_elsewhere"}, {"label": "Chose competitor", "value": "chose_competitor"}, {"label": "Price concerns", "value": "price_concerns"}],
    },
  },
  async run({ $ }) {
    return run($, this, "lose_deal", ["deal_id", "lost_reason"]);
  },
};
