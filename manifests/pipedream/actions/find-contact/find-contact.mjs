import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-find-contact",
  name: "Find Contact",
  description: "Finds contacts by their e-mail address, phone number or name.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    email: {
      type: "string",
      label: "E-Mail",
      description: "The contact's whole e-mail address.",
      optional: true,
    },
    phone_number: {
      type: "string",
      label: "Phone Number",
      description: "The contact's whole phone number.",
      optional: true,
    },
    full_name: {
      type: "string",
      label: "Full Name",
      description: "The contact's name, or parts of it.",
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
    return run($, this, "find_contact", ["email", "phone_number", "full_name", "limit"]);
  },
};
