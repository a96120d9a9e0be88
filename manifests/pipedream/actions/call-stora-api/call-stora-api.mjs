import { run } from "../../common/action.mjs";
import unitwire from "../../unitwire.app.mjs";

export default {
  key: "unitwire-call-stora-api",
  name: "Call Stora's API",
  description: "For everything there is no action for. You need to know Stora's API. Some calls, such as those that overlock units, lock people out of their belongings.",
  version: "0.0.1",
  type: "action",
  annotations: {"readOnlyHint": false, "destructiveHint": false, "openWorldHint": true},
  props: {
    unitwire,
    method: {
      type: "string",
      label: "Method",
      description: "GET reads, POST creates or does something, PATCH changes, DELETE removes.",
      options: [{"label": "GET", "value": "GET"}, {"label": "POST", "value": "POST"}, {"label": "PATCH", "value": "PATCH"}, {"label": "DELETE", "value": "DELETE"}],
    },
    path: {
      type: "string",
      label: "Path",
      description: "The path as in Stora's API reference, such as /contacts or /deals/deal_1/win.",
    },
    query: {
      type: "object",
      label: "Query",
      description: "What follows the ? in the address, as names and values.",
      optional: true,
    },
    body: {
      type: "object",
      label: "Body",
      description: "The JSON that is sent along; not with GET.",
      optional: true,
    },
  },
  async run({ $ }) {
    return run($, this, "call_stora_api", ["method", "path", "query", "body"]);
  },
};
