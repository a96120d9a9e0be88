import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-order",
  name: "Get Order",
  description: "Finds an order by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    order_id: {
      propDefinition: [unitwire, "order"],
      label: "Order",
      description: "The order.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_order", ["order_id"]);
  },
};
