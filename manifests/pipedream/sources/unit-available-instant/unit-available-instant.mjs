import common from "../../common/source.mjs";
import unitwire from "../../unitwire.app.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "unitwire-unit-available-instant",
  name: "New Unit Available (Instant)",
  description: "Emit new event when a unit becomes available.",
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
      return ["unit.available"];
    },
  },
  sampleEmit,
};
