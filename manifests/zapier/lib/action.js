'use strict';

// Creates and searches: one call to Unitwire each, with its results laid out for the next step.

const { act } = require('./api');
const { inputField, inputOf, labelsOf } = require('./fields');
const { file } = require('../hydrators');

const carryOut = (z, bundle, key, { inputFields }) =>
  act(z, bundle, key, inputOf(z, inputFields, bundle.inputData), labelsOf(inputFields));

/** Return the create that a row describes; `result` is the key of the resource in the answer. */
const create = ({ result, operation, ...row }) => ({
  ...row,
  operation: {
    ...operation,
    inputFields: operation.inputFields.map(inputField),
    perform: async (z, bundle) => {
      const { meta, ...answer } = await carryOut(z, bundle, row.key, operation);
      if (!result) return answer;
      const { [result]: resource, ...more } = answer;
      return { ...resource, ...more };
    },
  },
});

/** Return the search that a row describes; `results` is the key of the list in the answer. */
const search = ({ results, operation, ...row }) => ({
  ...row,
  operation: {
    ...operation,
    inputFields: operation.inputFields.map(inputField),
    perform: async (z, bundle) => {
      const answer = await carryOut(z, bundle, row.key, operation);
      const pointer = { key: row.key, input: bundle.inputData };
      return answer[results].map((item, place) => ({
        ...item,
        flat: answer.flat[place],
        ...(answer.files ? { file: z.dehydrateFile(file, pointer) } : {}),
      }));
    },
  },
});

module.exports = { create, search };
