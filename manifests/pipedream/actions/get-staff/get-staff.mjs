import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-staff",
  name: "Get Staff Member",
  description: "Finds a staff member by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    staff_id: {
      propDefinition: [unitwire, "staff"],
      label: "Staff",
      description: "The staff member.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_staff", ["staff_id"]);
  },
};
