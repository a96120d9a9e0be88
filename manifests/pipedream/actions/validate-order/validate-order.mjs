import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-validate-order",
  name: "Validate Order",
  description: "Checks whether an order can be finalized, and says what is missing if not.",
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
  },
  async run({ $ }) {
    return run($, this, "validate_order", ["order_id"]);
  },
};
