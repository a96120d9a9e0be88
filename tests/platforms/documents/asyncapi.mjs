// What AsyncAPI's own parser finds in a document: {version, messages, operations, faults}.
import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';

const ERROR_OR_WARNING = [0, 1];

const { document, diagnostics } = await new Parser().parse(await readFile(process.argv[2], 'utf8'));
const faults = diagnostics
  .filter(({ severity }) => ERROR_OR_WARNING.includes(severity))
  .map(({ code, message, path }) => `${code} at ${path.join('.')}: ${message}`);
const found = document && {
  version: document.version(),
  messages: document.allMessages().map((message) => message.id()),
  operations: document.operations().map((operation) => operation.action()),
};
process.stdout.write(JSON.stringify({ ...found, faults }));
