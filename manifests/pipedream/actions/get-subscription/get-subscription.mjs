import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-subscription",
  name: "Get Subscription",
  description: "Finds a subscription by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    subscription_id: {
      propDefinition: [unitwire, "subscription"],
      label: "Subscription",
      description: "The subscription.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_subscription", ["subscription_id"]);
  },
};
