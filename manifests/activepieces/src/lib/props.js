'use strict';

// Properties as Activepieces makes them, and what is in them as Unitwire takes it.

const { Property } = require('@activepieces/pieces-framework');

const { choicesFrom } = require('./choices');

const CHOOSING = /^choose_/; // properties that only narrow the choices of others

const propOf = ({ kind, options, properties, choices_from: sources, ...prop }, auth) =>
  Property[kind]({
    ...prop,
    ...(options ? { options: { disabled: false, options } } : {}),
    ...(properties ? { properties: propsOf(properties, auth) } : {}),
    ...(sources
      ? {
          auth,
          refreshers: sources.flatMap(({ narrow = {} }) => Object.values(narrow)),
          refreshOnSearch: true,
          options: choicesFrom(sources),
        }
      : {}),
  });

/** Return the properties that rows describe. */
const propsOf = (rows, auth) =>
  Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, propOf(row, auth)]));

/** Return the labels of properties, by name; those inside of lists too. */
const labelsOf = (rows) =>
  Object.fromEntries(
    Object.entries(rows).flatMap(([name, { displayName, properties = {} }]) => [
      [name, displayName],
      ...Object.entries(labelsOf(properties)),
    ]),
  );

const isEmpty = (value) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Return what to send: only what was filled in, and nothing that only narrows choices. */
const inputOf = (values) =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name, value]) => !CHOOSING.test(name) && !isEmpty(value))
      .map(([name, value]) => [
        name,
        Array.isArray(value) && typeof value[0] === 'object' ? value.map(inputOf) : value,
      ]),
  );

module.exports = { inputOf, labelsOf, propsOf };
