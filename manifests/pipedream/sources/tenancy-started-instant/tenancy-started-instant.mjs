import common from "../../common/source.mjs";
import unitwire from "../../unitwire.app.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "unitwire-tenancy-started-instant",
  name: "New Tenancy Started (Instant)",
  description: "Emit new event when a tenancy begins.",
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
      return ["tenancy.started"];
    },
  },
  sampleEmit,
};
