import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-add-note",
  name: "Add Note",
  description: "Adds a note to a contact, unit, subscription or task.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    content: {
      type: "string",
      label: "Content",
      description: "What the note says.",
    },
    resource_id: {
      propDefinition: [unitwire, "contactOrUnitOrSubscriptionOrTask"],
      label: "About",
      description: "The contact, unit, subscription or task that the note is about.",
    },
    metadata: {
      type: "object",
      label: "Metadata",
      description: "Your own keys and texts on the note, such as its number in another system.",
      optional: true,
    },
  },
  async run({ $ }) {
    return run($, this, "add_note", ["content", "resource_id", "metadata"]);
  },
};
