'use strict';

// Runs the integration in Zapier's own app tester, one call a line:
//   in   {"method": "triggers.event.operation.perform", "bundle": {…}}
//   out  {"result": …} or {"error": {"name", "message"}}, and in both "printed"
// `method` "definition" gives the integration with `$func$2$f$` for each function, and the faults
// that the platform's schema finds. Files that are stashed are told instead of uploaded.

const { createWriteStream } = require('node:fs');
const { createInterface } = require('node:readline');

const answers = createWriteStream(null, { fd: Number(process.argv[3]) });
let printed = '';
process.stdout.write = process.stderr.write = (text) => Boolean((printed += text));

const load = (name) => require(require.resolve(name, { paths: [process.argv[2]] }));
const app = load('./index.js');
const { createAppTester } = load('zapier-platform-core');
const { validateAppDefinition } = load('zapier-platform-schema');

const tester = createAppTester(app);

const definition = () => {
  const named = (key, value) => (typeof value === 'function' ? `$func$${value.length}$f$` : value);
  const plain = JSON.parse(JSON.stringify(app, named));
  return { definition: plain, faults: validateAppDefinition(plain).errors.map(String) };
};

const stashed = async (bytes, length, name, type) => ({
  name,
  type,
  length,
  begins: bytes.subarray(0, 5).toString(),
});

const run = (method, bundle) => {
  if (method === 'definition') return definition();
  const found = method.split('.').reduce((inside, key) => inside[key], app);
  if (method.startsWith('hydrators.')) {
    return tester((z, given) => found({ ...z, stashFile: stashed }, given), bundle);
  }
  // The tester stumbles over the dropdowns of triggers, if it has to find out whose they are.
  const unknown = method.startsWith('triggers.') && method.includes('.choices.');
  return tester(unknown ? (z, given) => found(z, given) : found, bundle);
};

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { method, bundle } = JSON.parse(line);
  printed = '';
  let answer;
  try {
    answer = { result: await run(method, bundle) };
  } catch (problem) {
    answer = { error: { name: problem.name, message: problem.message } };
  }
  answers.write(`${JSON.stringify({ ...answer, printed })}\n`);
});
