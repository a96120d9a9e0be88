import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-find-person-of-unit",
  name: "Find Person of Unit",
  description: "Finds the contact who rents a unit; nobody if it is free.",
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
    return run($, this, "find_person_of_unit", ["unit_id"]);
  },
};
