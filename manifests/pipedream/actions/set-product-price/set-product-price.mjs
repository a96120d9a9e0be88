import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-set-product-price",
  name: "Set Product Price",
  description: "Sets what a product costs from now on.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
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
      description: "The product to change.",
    },
    weekly: {
      type: "string",
      label: "Weekly Price",
      description: "The price for one week.",
      optional: true,
    },
    monthly: {
      type: "string",
      label: "Monthly Price",
      description: "The price for one month.",
      optional: true,
    },
    currency: {
      type: "string",
      label: "Currency",
      description: "The currency of the prices, which is the one you use in Stora.",
      optional: true,
      options: [{"label": "GBP", "value": "GBP"}, {"label": "EUR", "value": "EUR"}, {"label": "USD", "value": "USD"}, {"label": "AUD", "value": "AUD"}, {"label": "CAD", "value": "CAD"}, {"label": "NZD", "value": "NZD"}],
    },
  },
  async run({ $ }) {
    return run($, this, "set_product_price", ["product_id", "weekly", "monthly", "currency"]);
  },
};
