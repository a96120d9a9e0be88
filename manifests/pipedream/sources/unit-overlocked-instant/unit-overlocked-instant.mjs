import common from "../../common/source.mjs";
import unitwire from "../../unitwire.app.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "unitwire-unit-overlocked-instant",
  name: "New Unit Overlocked (Instant)",
  description: "Emit new event when a unit is locked against its customer.",
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
      return ["unit.overlocked"];
    },
  },
  sampleEmit,
};
