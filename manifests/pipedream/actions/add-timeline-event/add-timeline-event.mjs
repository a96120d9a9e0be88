import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-add-timeline-event",
  name: "Add Timeline Event",
  description: "Adds an entry to the timeline that your team sees in Stora.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    source_id: {
      propDefinition: [unitwire, "timelineSource"],
      label: "Source",
      description: "The system that made the entry.",
    },
    template_id: {
      propDefinition: [unitwire, "timelineTemplate"],
      label: "Template",
      description: "The sentence it is shown as.",
    },
    description: {
      type: "string",
      label: "Description",
      description: "What happened.",
      optional: true,
    },
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The contact it is about.",
      optional: true,
    },
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site it is about.",
      optional: true,
    },
    unit_id: {
      propDefinition: [unitwire, "unit", (form) => ({ site: form.site_id, unit_type: form.unit_type_id })],
      label: "Unit",
      description: "The unit it is about.",
      optional: true,
    },
    unit_type_id: {
      propDefinition: [unitwire, "unitType", (form) => ({ site: form.site_id })],
      label: "Unit Type",
      description: "The unit type it is about.",
      optional: true,
    },
    tenancy_id: {
      propDefinition: [unitwire, "tenancy"],
      label: "Tenancy",
      description: "The tenancy it is about.",
      optional: true,
    },
    subscription_id: {
      propDefinition: [unitwire, "subscription"],
      label: "Subscription",
      description: "The subscription it is about.",
      optional: true,
    },
    invoice_id: {
      propDefinition: [unitwire, "invoice"],
      label: "Invoice",
      description: "The invoice it is about.",
      optional: true,
    },
    external_id: {
      type: "string",
      label: "External ID",
      description: "Its id in the other system.",
      optional: true,
    },
    external_url: {
      type: "string",
      label: "External URL",
      description: "Its page in the other system.",
      optional: true,
    },
    variables: {
      type: "object",
      label: "Variables",
      description: "What is filled into the template's gaps.",
      optional: true,
    },
  },
  async run({ $ }) {
    return run($, this, "add_timeline_event", ["source_id", "template_id", "description", "contact_id", "site_id", "unit_id", "unit_type_id", "tenancy_id", "subscription_id", "invoice_id", "external_id", "external_url", "variables"]);
  },
};
