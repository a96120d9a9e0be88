import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-contract-pdf",
  name: "Get Contract PDF",
  description: "Gets a signed contract as a PDF file.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    contract_id: {
      propDefinition: [unitwire, "contract"],
      label: "Contract",
      description: "The contract.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_contract_pdf", ["contract_id"]);
  },
};
