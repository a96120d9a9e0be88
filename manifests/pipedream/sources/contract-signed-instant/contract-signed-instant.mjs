import common from "../../common/source.mjs";
import unitwire from "../../unitwire.app.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "unitwire-contract-signed-instant",
  name: "New Contract Signed (Instant)",
  description: "Emit new event when a contract is signed.",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...common.props,
    unitwire,
  },
  methods: {
    ...common.methods,
    types() {
      return ["contract.signed"];
    },
  },
  sampleEmit,
};
