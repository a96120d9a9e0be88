import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-product",
  name: "Get Product",
  description: "Finds a product by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    choose_site_id: {
      propDefinition: [unitwire, "site"],
      label: "Site of the Products",
      description: "Only products of this site are there to be chosen from. It changes nothing else.",
      optional: true,
    },
    product_id: {
      propDefinition: [unitwire, "product", (form) => ({ site: form.choose_site_id })],
      label: "Product",
      description: "The product.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_product", ["product_id"]);
  },
};
