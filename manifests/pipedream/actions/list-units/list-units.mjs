import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-units",
  name: "List Units",
  description: "Lists units, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site where the unit is.",
      optional: true,
    },
    unit_type_id: {
      propDefinition: [unitwire, "unitType", (form) => ({ site: form.site_id })],
      label: "Unit Type",
      description: "What kind of unit it is.",
      optional: true,
    },
    status: {
      type: "string",
      label: "Status",
      description: "Whether the unit is free, taken, locked or out of use.",
      optional: true,
      options: [{"label": "Available", "value": "available"}, {"label": "Reserved", "value": "reserved"}, {"label": "Occupied", "value": "occupied"}, {"label": "Overlocked", "value": "overlocked"}, {"label": "Repossessed", "value": "repossessed"}, {"label": "Unavailable", "value": "unavailable"}],
    },
    reference_id: {
      type: "string",
      label: "Unit Number",
      description: "The number on the door.",
      optional: true,
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only units that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only units that were created before this time.",
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
    return run($, this, "list_units", ["site_id", "unit_type_id", "status", "reference_id", "created_after", "created_before", "limit"]);
  },
};
