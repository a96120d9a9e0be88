import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-tenancy",
  name: "Get Tenancy",
  description: "Finds a tenancy by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    tenancy_id: {
      propDefinition: [unitwire, "tenancy"],
      label: "Tenancy",
      description: "The tenancy.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_tenancy", ["tenancy_id"]);
  },
};
