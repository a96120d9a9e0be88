import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-unit-type",
  name: "Get Unit Type",
  description: "Finds a unit type by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    choose_site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site of the Unit Types",
      description: "Only unit types of this site are there to be chosen from. It changes nothing else.",
      optional: true,
    },
    unit_type_id: {
      propDefinition: [unitwire, "unitType", (form) => ({ site: form.choose_site_id })],
      label: "Unit Type",
      description: "The unit type.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_unit_type", ["unit_type_id"]);
  },
};
