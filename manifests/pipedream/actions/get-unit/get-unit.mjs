import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-unit",
  name: "Get Unit",
  description: "Finds a unit by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    choose_site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site of the Units",
      description: "Only units of this site are there to be chosen from. It changes nothing else.",
      optional: true,
    },
    unit_id: {
      propDefinition: [unitwire, "unit", (form) => ({ site: form.choose_site_id })],
      label: "Unit",
      description: "The unit.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_unit", ["unit_id"]);
  },
};
