import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-unit-allocation",
  name: "Get Unit Allocation",
  description: "Finds a unit allocation by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    unit_allocation_id: {
      propDefinition: [unitwire, "unitAllocation"],
      label: "Unit Allocation",
      description: "The unit allocation.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_unit_allocation", ["unit_allocation_id"]);
  },
};
