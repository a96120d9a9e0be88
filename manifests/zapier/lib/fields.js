'use strict';

// Input fields as Zapier takes them, and what is typed into them as Unitwire takes it.

const { choicesFrom } = require('./choices');

const CHOOSING = /^choose_/; // fields that only narrow the choices of others

/** Return an input field with what fetches its choices. */
const inputField = ({ choices_from: sources, children, ...field }) => ({
  ...field,
  ...(sources ? { choices: { perform: choicesFrom(sources) } } : {}),
  ...(children ? { children: children.map(inputField) } : {}),
});

/** Return the labels of fields, by key; those of line items too. */
const labelsOf = (fields) =>
  Object.fromEntries(
    fields.flatMap(({ key, label, children = [] }) => [
      [key, label],
      ...Object.entries(labelsOf(children)),
    ]),
  );

/** Return what to send: what was typed, JSON read, and nothing that only narrows choices. */
const inputOf = (z, fields, inputData) => {
  const json = new Set(fields.filter(({ type }) => type === 'json').map(({ key }) => key));
  const read = (key, value) => {
    if (!json.has(key) || typeof value !== 'string' || !value.trim()) return value;
    try {
      return JSON.parse(value);
    } catch {
      throw new z.errors.Error(`${labelsOf(fields)[key]}: This is not JSON.`, 'invalid_input', 422);
    }
  };
  const typed = Object.entries(inputData).filter(([key]) => !CHOOSING.test(key));
  return Object.fromEntries(typed.map(([key, value]) => [key, read(key, value)]));
};

module.exports = { inputField, inputOf, labelsOf };
