import { createRequire } from "node:module";
import { isGenuine } from "./signature.js";
import { unwrap } from "./unwrap.js";

const { api_version: API_VERSION } = createRequire(import.meta.url)("./contract.json");

/** A webhook endpoint of Unitwire for as long as the source is on. */
export default {
  props: {
    db: "$.service.db",
    http: { type: "$.interface.http", customResponse: true },
  },
  methods: {
    async subscribe() {
      const { endpoint } = await this.unitwire.call({
        method: "POST",
        path: "webhook_endpoints",
        data: {
          name: "Pipedream",
          api_version: API_VERSION,
          url: this.http.endpoint,
          event_types: this.types(),
          metadata: { external_id: this.http.endpoint },
        },
      });
      const path = `webhook_endpoints/${endpoint.id}/rotate_secret`;
      const secret =
        endpoint.secret ?? (await this.unitwire.call({ method: "POST", path })).endpoint.secret;
      this.db.set("endpoint", { id: endpoint.id, secret });
    },
    async unsubscribe() {
      const kept = this.db.get("endpoint");
      if (!kept) return;
      const path = `webhook_endpoints/${kept.id}`;
      await this.unitwire.call({ method: "DELETE", path, absent: true });
      this.db.set("endpoint", null);
    },
  },
  hooks: {
    async activate() {
      await this.subscribe();
    },
    async deactivate() {
      await this.unsubscribe();
    },
  },
  async run({ headers, body, bodyRaw }) {
    const { secret = "" } = this.db.get("endpoint") ?? {};
    if (!isGenuine(headers["x-stora-signature"], bodyRaw, secret)) {
      return this.http.respond({ status: 401 });
    }
    this.http.respond({ status: 200 });
    const event = unwrap(typeof body === "string" ? JSON.parse(body) : body);
    const { id, type, created_at: at } = event;
    this.$emit(event, { id, summary: `${type}: ${id}`, ts: Date.parse(at) });
  },
};
