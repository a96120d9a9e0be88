import common from "../../common/source.mjs";
import unitwire from "../../unitwire.app.mjs";
import sampleEmit from "./test-event.mjs";

export default {
  ...common,
  key: "unitwire-new-event-instant",
  name: "New Event (Instant)",
  description: "Emit new event when any of those chosen happens.",
  version: "0.0.1",
  type: "source",
  dedupe: "unique",
  props: {
    ...common.props,
    unitwire,
    eventTypes: { propDefinition: [unitwire, "eventTypes"] },
  },
  methods: {
    ...common.methods,
    types() {
      return this.eventTypes;
    },
  },
  sampleEmit,
};
