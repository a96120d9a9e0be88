import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-unit-allocations",
  name: "List Unit Allocations",
  description: "Lists unit allocations, the newest first.",
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
    tenancy_id: {
      propDefinition: [unitwire, "tenancy"],
      label: "Tenancy",
      description: "The tenancy that has the unit.",
      optional: true,
    },
    unit_id: {
      propDefinition: [unitwire, "unit", (form) => ({ site: form.choose_site_id })],
      label: "Unit",
      description: "The unit.",
      optional: true,
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only unit allocations that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only unit allocations that were created before this time.",
      optional: true,
    },
    limit: {
      type: "integer",
      label: "Limit",
      description: "How many results at most, up to 100; 20 if you say nothing.",
      optional: true,
    },
  },
  async run({ $ }) {
    return run($, this, "list_unit_allocations", ["tenancy_id", "unit_id", "created_after", "created_before", "limit"]);
  },
};
