import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-overlock-units",
  name: "Overlock Units (Locks a Customer Out)",
  description: "Locks a customer out of all units they rent, and locks the doors where these are connected to Stora. Check who it is before you use this.",
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
    return run($, this, "overlock_units", ["contact_id"]);
  },
};
