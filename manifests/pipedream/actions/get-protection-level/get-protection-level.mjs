import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-protection-level",
  name: "Get Protection Level",
  description: "Finds a protection level by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    protection_level_id: {
      propDefinition: [unitwire, "protectionLevel"],
      label: "Protection Level",
      description: "The protection level.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_protection_level", ["protection_level_id"]);
  },
};
