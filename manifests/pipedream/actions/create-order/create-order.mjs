import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-create-order",
  name: "Create Order",
  description: "Creates an order: a booking that the customer can pay for.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site where the customer rents.",
    },
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The contact who books, if there is one already.",
      optional: true,
    },
    contact_full_name: {
      type: "string",
      label: "New Contact: Name",
      description: "The contact's first and last name.",
      optional: true,
    },
    contact_email: {
      type: "string",
      label: "New Contact: E-Mail",
      description: "The contact's e-mail address.",
      optional: true,
    },
    contact_phone_number: {
      type: "string",
      label: "New Contact: Phone",
      description: "The contact's phone number, best with the country code.",
      optional: true,
    },
    line_items: {
      type: "string[]",
      label: "Line Items",
      description: "What is booked, line by line. Each as JSON, such as `{\"type\": \"unit_type\", \"item_id\": \"utype_f18fc91387cdf710\", \"quantity\": 1, \"price\": \"120.00\"}`",
      optional: true,
    },
    currency: {
      type: "string",
      label: "Currency",
      description: "The currency of the prices, which is the one you use in Stora.",
      optional: true,
      options: [{"label": "GBP", "value": "GBP"}, {"label": "EUR", "value": "EUR"}, {"label": "USD", "value": "USD"}, {"label": "AUD", "value": "AUD"}, {"label": "CAD", "value": "CAD"}, {"label": "NZD", "value": "NZD"}],
    },
    billing_period: {
      type: "string",
      label: "Billing Period",
      description: "How often the customer is billed.",
      optional: true,
      options: [{"label": "Weekly", "value": "weekly"}, {"label": "Monthly", "value": "monthly"}],
    },
    payment_method: {
      type: "string",
      label: "Payment Method",
      description: "How the customer pays.",
      optional: true,
      options: [{"label": "Card", "value": "card"}],
    },
    starts_at: {
      type: "string",
      label: "Move-In",
      description: "When the rental begins.",
      optional: true,
    },
    coupon_id: {
      propDefinition: [unitwire, "coupon"],
      label: "Coupon",
      description: "The coupon that lowers the price.",
      optional: true,
    },
    contract_template_id: {
      propDefinition: [unitwire, "contractTemplate"],
      label: "Contract Template",
      description: "The template that the contract is made from.",
      optional: true,
    },
    purchase_order_number: {
      type: "string",
      label: "Purchase Order Number",
      description: "The customer's own number for the order.",
      optional: true,
    },
    booking_confirmation: {
      type: "boolean",
      label: "Booking Confirmation",
      description: "Whether Stora confirms the booking by e-mail.",
      optional: true,
    },
    move_in_day: {
      type: "boolean",
      label: "Move in Day",
      description: "Whether Stora writes on the day of the move.",
      optional: true,
    },
    cancel_redirect_url: {
      type: "string",
      label: "Page After Cancelling",
      description: "Fill this in to finalize the order at once. It is the page that customers come to who do not pay.",
      optional: true,
    },
    metadata: {
      type: "object",
      label: "Metadata",
      description: "Your own keys and texts on the order, such as its number in another system.",
      optional: true,
    },
  },
  async run({ $ }) {
    return run($, this, "create_order", ["site_id", "contact_id", "contact_full_name", "contact_email", "contact_phone_number", "line_items", "currency", "billing_period", "payment_method", "starts_at", "coupon_id", "contract_template_id", "purchase_order_number", "booking_confirmation", "move_in_day", "cancel_redirect_url", "metadata"]);
  },
};
