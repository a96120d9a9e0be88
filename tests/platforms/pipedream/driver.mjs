// Runs components as Pipedream does, with stand-ins for what is Pipedream's alone: the store, the
// address, and what a source emits. One command on a line, one answer on a line.

import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , folder, auth] = process.argv;
const load = async (path) => (await import(pathToFileURL(`${folder}/${path}`))).default;

const app = await load("unitwire.app.mjs");
const unitwire = { ...app, ...app.methods, $auth: JSON.parse(auth) };

const stores = new Map();

const contextOf = (component, { endpoint, values = {} }) => {
  const emitted = [];
  const answers = [];
  if (!stores.has(endpoint)) stores.set(endpoint, new Map());
  const store = stores.get(endpoint);
  const context = {
    ...component.methods,
    ...values,
    unitwire,
    db: { get: (key) => store.get(key), set: (key, value) => store.set(key, value) },
    http: { endpoint, respond: (answer) => void answers.push(answer.status) },
    $emit: (event, about) => emitted.push({ event, about }),
  };
  return { context, emitted, answers };
};

const DO = {
  components: async () => {
    const found = [];
    for (const kind of ["sources", "actions"]) {
      for (const name of readdirSync(`${folder}/${kind}`)) {
        const { key, type, version } = await load(`${kind}/${name}/${name}.mjs`);
        found.push({ key, type, version });
      }
    }
    return found;
  },
  hook: async ({ source, hook, ...given }) => {
    const component = await load(`sources/${source}/${source}.mjs`);
    return component.hooks[hook].call(contextOf(component, given).context);
  },
  event: async ({ source, event, ...given }) => {
    const component = await load(`sources/${source}/${source}.mjs`);
    const { context, emitted, answers } = contextOf(component, given);
    await component.run.call(context, event);
    return { emitted, answers, sample: component.sampleEmit };
  },
  action: async ({ action, values }) => {
    const component = await load(`actions/${action}/${action}.mjs`);
    const exported = {};
    const $ = { export: (name, value) => (exported[name] = value) };
    const done = await component.run.call({ ...values, unitwire }, { $ });
    return { done, exported };
  },
  options: async ({ action, prop, form = {}, page = 0, query = "" }) => {
    const component = await load(`actions/${action}/${action}.mjs`);
    const [, name, filters = () => ({})] = component.props[prop].propDefinition;
    const { options } = app.propDefinitions[name];
    return options.call(unitwire, { page, query, prevContext: {}, ...filters(form) });
  },
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { command, given } = JSON.parse(line);
  const answer = await DO[command](given).then(
    (done) => ({ done: done ?? null }),
    (problem) => ({ problem: `${problem.name}: ${problem.message}` }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
