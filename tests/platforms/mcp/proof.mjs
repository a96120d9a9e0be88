// The official clients of MCP against a running Unitwire: the one of the handshake's revisions
// and the one of 2026-07-28, over HTTP and over standard input, with and without sign-in.
//
// What is given comes in as JSON in the environment variable PROOF; each fact that is proven goes
// out as one line of JSON. A line {"authorize": url} asks for a browser: the address that the
// browser came back to is read from standard input.

import assert from "node:assert/strict";
import { createInterface } from "node:readline/promises";

import { Client as NewClient, StreamableHTTPClientTransport as NewHttp } from "@modelcontextprotocol/client";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const given = JSON.parse(process.env.PROOF);
const endpoint = new URL("/mcp", given.url);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const me = { name: "proof", version: "1.0.0" };

const tell = (fact) => console.log(JSON.stringify(fact));
const bearer = { requestInit: { headers: { Authorization: `Bearer ${given.token}` } } };

/** What a client keeps: it was registered with Unitwire, and holds no token yet. */
class Keeper {
  redirectUrl = given.redirect_uri;
  clientMetadata = { redirect_uris: [given.redirect_uri], client_name: "Assistant" };
  state = () => "a state of the client's own";
  clientInformation = () => ({
    client_id: given.client_id,
    client_secret: given.client_secret,
    issuer: given.url,
  });
  tokens = () => this.kept;
  saveTokens = (tokens) => { this.kept = tokens; };
  saveCodeVerifier = (verifier) => { this.verifier = verifier; };
  codeVerifier = () => this.verifier;
  redirectToAuthorization = (url) => { this.asked = url; };
}

/** Sign in as a person would: the client finds everything by itself, beginning with a 401. */
async function signIn() {
  const keeper = new Keeper();
  const first = new StreamableHTTPClientTransport(endpoint, { authProvider: keeper });
  await assert.rejects(new Client(me).connect(first), UnauthorizedError);
  assert.equal(keeper.asked.origin + keeper.asked.pathname, `${given.url}/oauth2/authorize`);
  assert.equal(keeper.asked.searchParams.get("code_challenge_method"), "S256");
  assert.equal(keeper.asked.searchParams.get("resource"), endpoint.href);
  tell({ authorize: keeper.asked.href });
  const back = new URL((await lines.next()).value);
  assert.equal(back.searchParams.get("state"), keeper.state());
  await first.finishAuth(back.searchParams.get("code"));
  assert.ok(keeper.kept.refresh_token);
  const client = await connected(new StreamableHTTPClientTransport(endpoint, { authProvider: keeper }));
  await client.ping();
  tell({ proved: "sign-in" });
  const before = keeper.kept;
  keeper.kept = { ...before, access_token: "expired" };
  await client.ping();
  assert.notEqual(keeper.kept.access_token, "expired");
  assert.notEqual(keeper.kept.refresh_token, before.refresh_token);
  tell({ proved: "refresh" });
  await client.close();
}

async function connected(transport) {
  const client = new Client(me);
  await client.connect(transport);
  return client;
}

/** Go through all kinds of tools with any client; returns the names of the tools. */
async function useTools(client, email) {
  const { tools } = await client.listTools();
  const names = tools.map((tool) => tool.name);
  assert.deepEqual(names, given.tools);
  assert.ok(tools.every((tool) => tool.annotations && tool.inputSchema.type === "object"));

  const call = (name, args) => client.callTool({ name, arguments: args });
  const made = await call("change_contacts", { action: "create_contact", email, full_name: "Jo Doe" });
  const id = made.structuredContent.flat.contact_id;
  assert.ok(!made.isError && id);
  const found = await call("search_contacts", { search: "find_contact", email });
  assert.deepEqual(found.structuredContent.contacts.map((contact) => contact.id), [id]);
  const listed = await call("search_invoices", { search: "list_invoices", limit: 1 });
  const invoice_id = listed.structuredContent.invoices[0].id;
  const pdf = await call("search_invoices", { search: "get_invoice_pdf", invoice_id });
  assert.equal(pdf.content[1].resource.mimeType, "application/pdf");

  const sites = await call("list_choices", { picklist: "sites" });
  const site = sites.structuredContent.choices[0].value;
  const units = await call("list_choices", { picklist: "units", site, q: "a", limit: 2 });
  assert.ok(units.structuredContent.choices.every((unit) => unit.site === site));

  const wrong = await call("change_contacts", { action: "create_contact", email: "nobody" });
  assert.equal(wrong.isError, true);
  assert.match(wrong.content[0].text, /\/email: .*\n- \/full_name: /s);
  await assert.rejects(call("no_such_tool", {}), { code: -32602 });
}

await signIn();

const http = await connected(new StreamableHTTPClientTransport(endpoint, bearer));
await useTools(http, "http@example.com");
await http.close();
tell({ proved: "handshake over HTTP" });

const modern = new NewClient(me, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
await modern.connect(new NewHttp(endpoint, bearer));
await useTools(modern, "modern@example.com");
await modern.close();
tell({ proved: "2026-07-28 over HTTP" });

const stdio = await connected(new StdioClientTransport(given.stdio));
await useTools(stdio, "stdio@example.com");
await stdio.close();
tell({ proved: "standard input and output" });

process.exit(0);
