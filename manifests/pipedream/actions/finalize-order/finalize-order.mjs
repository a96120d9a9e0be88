import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-finalize-order",
  name: "Finalize Order",
  description: "Makes an order final and returns the page where the customer pays.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    order_id: {
      propDefinition: [unitwire, "order"],
      label: "Order",
      description: "The order.",
    },
    cancel_redirect_url: {
      type: "string",
      label: "Page After Cancelling",
      description: "The page that customers come to who do not pay.",
    },
  },
  async run({ $ }) {
    return run($, this, "finalize_order", ["order_id", "cancel_redirect_url"]);
  },
};
