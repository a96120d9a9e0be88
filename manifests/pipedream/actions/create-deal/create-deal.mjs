import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-create-deal",
  name: "Create Deal",
  description: "Creates a deal for a contact.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    name: {
      type: "string",
      label: "Deal Name",
      description: "What the deal is called.",
    },
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The contact who may rent.",
    },
    stage_id: {
      propDefinition: [unitwire, "dealStage"],
      label: "Stage",
      description: "How far the deal has come; your first stage if you say nothing.",
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
  },
  async run({ $ }) {
    return run($, this, "create_deal", ["name", "contact_id", "stage_id", "site_id", "assignee_id", "starts_at", "note", "unit_type_id", "protection_level_id", "metadata"]);
  },
};
