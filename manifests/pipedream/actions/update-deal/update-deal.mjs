import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-update-deal",
  name: "Update Deal",
  description: "Changes a deal. Fields that are left blank stay as they are.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    deal_id: {
      propDefinition: [unitwire, "deal"],
      label: "Deal",
      description: "The deal to change.",
    },
    name: {
      type: "string",
      label: "Deal Name",
      description: "What the deal is called.",
      optional: true,
    },
    stage_id: {
      propDefinition: [unitwire, "dealStage"],
      label: "Stage",
      description: "How far the deal has come.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site where the contact may rent.",
      optional: true,
    },
    assignee_id: {
      propDefinition: [unitwire, "staff"],
      label: "Assignee",
      description: "The team member who looks after the deal.",
      optional: true,
    },
    starts_at: {
      type: "string",
      label: "Move-In",
      description: "When the contact wants to move in.",
      optional: true,
    },
    note: {
      type: "string",
      label: "Note",
      description: "A note on the value of the deal.",
      optional: true,
    },
    unit_type_id: {
      propDefinition: [unitwire, "unitType", (form) => ({ site: form.site_id })],
      label: "Unit Type",
      description: "The kind of unit the deal is about.",
      optional: true,
    },
    protection_level_id: {
      propDefinition: [unitwire, "protectionLevel"],
      label: "Protection Level",
      description: "The cover the deal is about.",
      optional: true,
    },
    metadata: {
      type: "object",
      label: "Metadata",
      description: "Your own keys and texts on the deal, such as its number in another system.",
      optional: true,
    },
    clear: {
      type: "string[]",
      label: "Fields to Empty",
      description: "Fields to empty in Stora. A field that you only leave blank keeps what it has.",
      optional: true,
      options: [{"label": "Site ID", "value": "site_id"}, {"label": "Assignee ID", "value": "assignee_id"}, {"label": "Starts at", "value": "starts_at"}, {"label": "Note", "value": "note"}, {"label": "Unit type ID", "value": "unit_type_id"}, {"label": "Protection level ID", "value": "protection_level_id"}, {"label": "Metadata", "value": "metadata"}],
    },
  },
  async run({ $ }) {
    return run($, this, "update_deal", ["deal_id", "name", "stage_id", "site_id", "assignee_id", "starts_at", "note", "unit_type_id", "protection_level_id", "metadata", "clear"]);
  },
};
