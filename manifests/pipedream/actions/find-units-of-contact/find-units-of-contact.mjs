import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-find-units-of-contact",
  name: "Find Units of Contact",
  description: "Finds the units that a contact rents.",
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
    return run($, this, "find_units_of_contact", ["contact_id"]);
  },
};
