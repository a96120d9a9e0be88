import common from "../../common/source.mjs";
import unitwire from "../../unitwire.app.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "unitwire-subscription-cancelled-instant",
  name: "New Subscription Cancelled (Instant)",
  description: "Emit new event when a subscription is cancelled.",
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
      return ["subscription.cancelled"];
    },
  },
  sampleEmit,
};
