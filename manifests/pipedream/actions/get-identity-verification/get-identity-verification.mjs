import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-get-identity-verification",
  name: "Get Identity Verification",
  description: "Finds an identity verification by the ID.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": true, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    identity_verification_id: {
      propDefinition: [unitwire, "identityVerification"],
      label: "Identity Verification",
      description: "The identity verification.",
    },
  },
  async run({ $ }) {
    return run($, this, "get_identity_verification", ["identity_verification_id"]);
  },
};
