import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-find-or-create-contact",
  name: "Find or Create Contact",
  description: "Finds the contact with an e-mail address, or creates one if there is none.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    email: {
      type: "string",
      label: "E-Mail",
      description: "The contact's e-mail address.",
    },
    full_name: {
      type: "string",
      label: "Full Name",
      description: "The contact's first and last name.",
    },
    phone_number: {
      type: "string",
      label: "Phone Number",
      description: "The contact's phone number, best with the country code.",
      optional: true,
    },
    type: {
      type: "string",
      label: "Type",
      description: "What kind of customer the contact is.",
      optional: true,
      options: [{"label": "Domestic", "value": "domestic"}, {"label": "Company", "value": "company"}, {"label": "Student", "value": "student"}, {"label": "Charity", "value": "charity"}, {"label": "Local authority", "value": "local_authority"}],
    },
    company_registration_number: {
      type: "string",
      label: "Company Registration Number",
      description: "The number under which the company is registered.",
      optional: true,
    },
    tax_id: {
      type: "string",
      label: "Tax ID",
      description: "The contact's VAT or tax number.",
      optional: true,
    },
    address_line_1: {
      type: "string",
      label: "Address Line 1",
      description: "The first line of the address.",
      optional: true,
    },
    address_line_2: {
      type: "string",
      label: "Address Line 2",
      description: "The second line of the address.",
      optional: true,
    },
    address_city: {
      type: "string",
      label: "City",
      description: "The town or city.",
      optional: true,
    },
    address_postal_code: {
      type: "string",
      label: "Postcode",
      description: "The postcode.",
      optional: true,
    },
    address_state: {
      type: "string",
      label: "County or State",
      description: "The county or state.",
      optional: true,
    },
    address_country_alpha2: {
      type: "string",
      label: "Country Code",
      description: "The country as two letters (ISO 3166).",
      optional: true,
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
    metadata: {
      type: "object",
      label: "Metadata",
      description: "Your own keys and texts on the contact, such as its number in another system.",
      optional: true,
    },
  },
  async run({ $ }) {
    return run($, this, "find_or_create_contact", ["email", "full_name", "phone_number", "type", "company_registration_number", "tax_id", "address_line_1", "address_line_2", "address_city", "address_postal_code", "address_state", "address_country_alpha2", "source", "marketing_source", "use_case", "metadata"]);
  },
};
