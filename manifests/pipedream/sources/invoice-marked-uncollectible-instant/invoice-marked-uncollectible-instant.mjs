import common from "../../common/source.mjs";
import unitwire from "../../unitwire.app.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "unitwire-invoice-marked-uncollectible-instant",
  name: "New Invoice Marked Uncollectible (Instant)",
  description: "Emit new event when an invoice is marked uncollectible.",
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
      return ["invoice.marked_uncollectible"];
    },
  },
  sampleEmit,
};
