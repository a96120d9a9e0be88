import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-coupon",
  name: "Get Coupon",
  description: "Finds a coupon by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    coupon_id: {
      propDefinition: [unitwire, "coupon"],
      label: "Coupon",
      description: "The coupon.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_coupon", ["coupon_id"]);
  },
};
