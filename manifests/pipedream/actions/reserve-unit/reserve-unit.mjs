import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-reserve-unit",
  name: "Reserve Unit",
  description: "Reserves a unit for a tenancy.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
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
      description: "The unit to reserve.",
    },
    tenancy_id: {
      propDefinition: [unitwire, "tenancy"],
      label: "Tenancy",
      description: "The tenancy that gets the unit.",
    },
  },
  async run({ $ }) {
    return run($, this, "reserve_unit", ["unit_id", "tenancy_id"]);
  },
};
