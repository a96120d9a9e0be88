'use strict';

// Runs a bundled piece as Activepieces does: one command on a line of standard input, one answer on
// a line of standard output. The store of a flow lives as long as this process.

const readline = require('node:readline');

const { unitwire: piece } = require(process.argv[2]);

const stores = new Map();

const storeOf = (flow) => {
  if (!stores.has(flow)) stores.set(flow, new Map());
  const store = stores.get(flow);
  return {
    put: async (key, value) => store.set(key, value) && value,
    get: async (key) => store.get(key) ?? null,
    delete: async (key) => void store.delete(key),
  };
};

const files = { write: async ({ fileName, data }) => `${fileName} of ${data.length} bytes` };

const contextOf = ({ flow = 'flow', ...given }) => ({
  store: storeOf(flow),
  flows: { current: { id: flow, version: { id: '1' } } },
  run: { id: 'a'.repeat(21) },
  files,
  propsValue: {},
  ...given,
});

const DO = {
  metadata: async () => piece.metadata(),
  validate: async (given) => piece.auth.validate(given),
  trigger: async ({ name, hook, ...given }) => piece.getTrigger(name)[hook](contextOf(given)),
  action: async ({ name, ...given }) => piece.getAction(name).run(contextOf(given)),
  options: async ({ name, prop, form, searchValue }) =>
    piece.getAction(name).props[prop].options(form, { searchValue }),
};

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const { command, given } = JSON.parse(line);
  const answer = await DO[command](given).then(
    (done) => ({ done: done ?? null }),
    (problem) => ({ problem: problem.message }),
  );
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
