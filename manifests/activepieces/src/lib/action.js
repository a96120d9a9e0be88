'use strict';

// An action or a search: one call to Unitwire. Files are handed on as Activepieces keeps them.

const { createAction } = require('@activepieces/pieces-framework');

const { call } = require('./api');
const { inputOf, labelsOf, propsOf } = require('./props');

const RUN = /^[0-9A-Za-z]{21}$/; // the id of a real run; a test of one step has none

/** What Unitwire is told of the flow; within a run, the same thing is done once. */
const headersOf = ({ run, flows }) => ({
  ...(RUN.test(run?.id ?? '') ? { 'Unitwire-Run-Id': run.id } : {}),
  ...(flows?.current?.id ? { 'Unitwire-Workflow-Id': flows.current.id } : {}),
});

const kept = ({ files: store }, files) =>
  Promise.all(
    files.map(({ name, content }) =>
      store.write({ fileName: name, data: Buffer.from(content, 'base64') }),
    ),
  );

/** Return the action that a row describes. */
const actionOf = ({ name, displayName, description, props }, auth) =>
  createAction({
    auth,
    name,
    displayName,
    description,
    props: propsOf(props, auth),
    run: async (context) => {
      const { meta, files, ...answer } = await call(context.auth, `actions/${name}`, {
        method: 'POST',
        body: inputOf(context.propsValue),
        labels: labelsOf(props),
        headers: headersOf(context),
      });
      return files ? { ...answer, files: await kept(context, files) } : answer;
    },
  });

module.exports = { actionOf };
