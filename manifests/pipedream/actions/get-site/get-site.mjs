import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-site",
  name: "Get Site",
  description: "Finds a site by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site",
      description: "The site.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_site", ["site_id"]);
  },
};
