import { createRequire } from "node:module";
import { axios, ConfigurationError } from "@pipedream/platform";

const require = createRequire(import.meta.url);
const sources = require("./common/choices.json");
const { api_version: API_VERSION } = require("./common/contract.json");

const LIMIT = 100;

/** Return what the person reads of a refusal: Unitwire's sentence, and each field at fault. */
const told = ({ response, message }) => {
  const { error = {} } = response?.data ?? {};
  const faults = (error.details ?? []).map((fault) => `${fault.pointer}: ${fault.message}`);
  return [error.message ?? message, ...faults].join("\n");
};

const definition = (name, from) => ({
  type: "string",
  label: name,
  description: "Chosen from what is in Stora now, or its ID",
  useQuery: true,
  async options({ page, query, ...filters }) {
    const found = await Promise.all(from.map((source) => this.found(source, page, query, filters)));
    return found.flatMap((items, place) =>
      items.map(({ label, value }) => ({
        label: from.length > 1 ? `${from[place].kind}: ${label}` : label,
        value,
      })),
    );
  },
});

export default {
  type: "app",
  app: "unitwire",
  propDefinitions: {
    ...Object.fromEntries(
      Object.entries(sources).map(([name, from]) => [name, definition(name, from)]),
    ),
    eventTypes: {
      type: "string[]",
      label: "Events",
      description: "What starts the workflow: one or several of the events of Stora",
      useQuery: true,
      async options({ query }) {
        const params = query ? { q: query } : {};
        const { event_types: types } = await this.call({ path: "event_types", params });
        return types.map(({ label, value }) => ({ label, value }));
      },
    },
  },
  methods: {
    /** Return the JSON that Unitwire answers; {} with `absent` if there is no such thing. */
    async call({ $ = this, path, absent = false, headers, ...request }) {
      const address = String(this.$auth.address).replace(/\/+$/, "");
      try {
        const answer = await axios($, {
          ...request,
          url: `${address}/${API_VERSION}/${path}`,
          headers: { Authorization: `Bearer ${this.$auth.oauth_access_token}`, ...headers },
          maxRedirects: 0,
        });
        return answer || {};
      } catch (problem) {
        const { status } = problem.response ?? {};
        if (absent && [404, 410].includes(status)) return {};
        if (status >= 400 && status < 500 && status !== 429) {
          throw new ConfigurationError(told(problem));
        }
        throw Object.assign(new Error(told(problem)), { status });
      }
    },
    /** Return one page of the choices that a source gives. */
    async found({ picklist, search, many, title }, page = 0, query = "", filters = {}) {
      if (picklist) {
        const known = Object.entries(filters).filter(
          ([name, value]) => ["site", "unit_type", "product_category"].includes(name) && value,
        );
        const params = { ...Object.fromEntries(known), page: page + 1, limit: LIMIT };
        if (query) params.q = query;
        return (await this.call({ path: `picklists/${picklist}`, params })).items;
      }
      if (page) return [];
      const path = `actions/${search}`;
      const answer = await this.call({ method: "POST", path, data: { limit: LIMIT } });
      return answer[many].map((item) => {
        const [first, second] = title.map((key) => item[key]).filter(Boolean);
        return { label: second ? `${first} (${second})` : (first ?? item.id), value: item.id };
      });
    },
  },
};
