import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-set-protection-level-price",
  name: "Set Protection Level Price",
  description: "Sets what a protection level costs from now on.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    protection_level_id: {
      propDefinition: [unitwire, "protectionLevel"],
      label: "Protection Level",
      description: "The protection level to change.",
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
    return run($, this, "set_protection_level_price", ["protection_level_id", "weekly", "monthly", "currency"]);
  },
};
