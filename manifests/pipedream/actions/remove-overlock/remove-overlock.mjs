import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-remove-overlock",
  name: "Remove Overlock (Lets a Locked-Out Customer In)",
  description: "Lets a customer back into all units they were locked out of, and opens the doors where these are connected to Stora.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": true, "openWorldHint": true},
  props: {
    unitwire,
    contact_id: {
      propDefinition: [unitwire, "contact"],
      label: "Contact",
      description: "The customer whose units it is about.",
    },
  },
  async run({ $ }) {
    return run($, this, "remove_overlock", ["contact_id"]);
  },
};
