import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-grant-unit-access",
  name: "Grant Unit Access",
  description: "Gives a unit to a tenancy and lets the customer in.",
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
      description: "The unit to give access to.",
    },
    tenancy_id: {
      propDefinition: [unitwire, "tenancy"],
      label: "Tenancy",
      description: "The tenancy that gets the unit.",
    },
  },
  async run({ $ }) {
    return run($, this, "grant_unit_access", ["unit_id", "tenancy_id"]);
  },
};
