import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-contact",
  name: "Get Contact",
  description: "Finds a contact by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The contact.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_contact", ["contact_id"]);
  },
};
