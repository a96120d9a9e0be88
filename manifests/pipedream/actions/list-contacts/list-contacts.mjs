import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-list-contacts",
  name: "List Contacts",
  description: "Lists contacts, the newest first.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    type: {
      type: "string",
      label: "Type",
      description: "What kind of customer the contact is.",
      optional: true,
      options: [{"label": "Domestic", "value": "domestic"}, {"label": "Company", "value": "company"}, {"label": "Student", "value": "student"}, {"label": "Charity", "value": "charity"}, {"label": "Local authority", "value": "local_authority"}],
    },
    status: {
      type: "string",
      label: "Status",
      description: "Whether the contact may rent, rents, or has rented from you.",
      optional: true,
      options: [{"label": "Lead", "value": "lead"}, {"label": "Customer", "value": "customer"}, {"label": "Churned", "value": "churned"}],
    },
    source: {
      type: "string",
      label: "Source",
      description: "How the contact came to you.",
      optional: true,
      options: [{"label": "Pre open", "value": "pre_open"}, {"label": "Incomplete booking", "value": "incomplete_booking"}, {"label": "Registered interest", "value": "registered_interest"}, {"label": "Price interest", "value": "price_interest"}, {"label": "Quotation request", "value": "quotation_request"}, {"label": "Booking", "value": "booking"}, {"label": "Popup", "value": "popup"}, {"label": "External enquiry", "value": "external_enquiry"}, {"label": "Phone", "value": "phone"}, {"label": "Walk-in", "value": "walkin"}, {"label": "Import", "value": "import"}, {"label": "Other", "value": "other"}],
    },
    marketing_source: {
      type: "string",
      label: "Marketing Source",
      description: "How the contact heard about you.",
      optional: true,
      options: [{"label": "Used before", "value": "used_before"}, {"label": "Recommendation", "value": "recommendation"}, {"label": "Received leaflet", "value": "received_leaflet"}, {"label": "Seen building signs", "value": "seen_building_signs"}, {"label": "Seen advert", "value": "seen_advert"}, {"label": "Facebook marketplace", "value": "facebook_marketplace"}, {"label": "Google search", "value": "google_search"}, {"label": "Other online search", "value": "other_online_search"}, {"label": "Social media", "value": "social_media"}, {"label": "Email", "value": "email"}, {"label": "Radio", "value": "radio"}, {"label": "Other", "value": "other"}],
    },
    use_case: {
      type: "string",
      label: "Use Case",
      description: "What the contact needs the space for.",
      optional: true,
      options: [{"label": "Business needs", "value": "business_needs"}, {"label": "Moving home", "value": "moving_home"}, {"label": "More space", "value": "more_space"}, {"label": "Refurb", "value": "refurb"}, {"label": "Travelling", "value": "travelling"}, {"label": "Other", "value": "other"}],
    },
    created_after: {
      type: "string",
      label: "Created After",
      description: "Only contacts that were created at this time or later.",
      optional: true,
    },
    created_before: {
      type: "string",
      label: "Created Before",
      description: "Only contacts that were created before this time.",
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
    return run($, this, "list_contacts", ["type", "status", "source", "marketing_source", "use_case", "created_after", "created_before", "limit"]);
  },
};
