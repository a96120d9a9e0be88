'use strict';

// An instant trigger: a webhook endpoint of Unitwire for as long as the Zap is on.

const { API_VERSION, call } = require('./api');
const { inputField } = require('./fields');
const { isGenuine } = require('./signature');
const { unwrap } = require('./unwrap');

/** Which Zap it is: the same endpoint is used again when it is changed and turned on again. */
const workflowOf = (z, bundle) =>
  String(bundle.meta?.zap?.id || z.hash('sha256', bundle.targetUrl));

const subscribe = (label, typesOf) => async (z, bundle) => {
  const { endpoint } = await call(z, bundle, {
    method: 'POST',
    path: 'webhook_endpoints',
    body: {
      name: `Zapier: ${label}`,
      api_version: API_VERSION,
      url: bundle.targetUrl,
      event_types: typesOf(bundle),
      metadata: { external_id: workflowOf(z, bundle) },
    },
  });
  return { id: endpoint.id, url: endpoint.url, secret: await secretOf(z, bundle, endpoint) };
};

/** Return the endpoint's secret; one that existed already does not tell it, so it gets a new one. */
const secretOf = async (z, bundle, { id, secret }) => {
  if (secret) return secret;
  const path = `webhook_endpoints/${id}/rotate_secret`;
  return (await call(z, bundle, { method: 'POST', path })).endpoint.secret;
};

/**
 * Remove the endpoint, unless the Zap has been turned on anew in the meantime: then the endpoint
 * sends to another address already.
 */
const unsubscribe = async (z, bundle) => {
  const { id, url } = bundle.subscribeData;
  const path = `webhook_endpoints/${id}`;
  const found = await call(z, bundle, { path, absent: true });
  if (found?.endpoint.url === url) await call(z, bundle, { method: 'DELETE', path });
  return {};
};

/** Zapier writes the names of headers in a way of its own: Http-X-Stora-Signature. */
const signatureIn = (headers = {}) =>
  Object.entries(headers).find(([name]) => /^(?:http-)?x-stora-signature$/i.test(name))?.[1];

const perform = (z, bundle) => {
  const { headers, content } = bundle.rawRequest ?? {};
  if (!isGenuine(signatureIn(headers), content, bundle.subscribeData?.secret)) {
    throw new z.errors.HaltedError('This was not sent by Unitwire: its signature is wrong.');
  }
  return [unwrap(bundle.cleanedRequest)];
};

/** Return the newest events, or samples, for the test in the editor; the newest first. */
const performList = (typesOf) => async (z, bundle) => {
  const answers = await Promise.all(
    typesOf(bundle).map((type) => call(z, bundle, { path: `event_types/${type}/samples` })),
  );
  return answers
    .flatMap(({ samples }) => samples.map(unwrap))
    .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at));
};

/** Return the trigger that a row of the catalogue describes. */
const trigger = ({ event_types: types, operation, ...row }) => {
  const typesOf = (bundle) => types ?? bundle.inputData.event_types ?? [];
  return {
    ...row,
    operation: {
      type: 'hook',
      ...operation,
      inputFields: operation.inputFields.map(inputField),
      perform,
      performList: performList(typesOf),
      performSubscribe: subscribe(row.display.label, typesOf),
      performUnsubscribe: unsubscribe,
    },
  };
};

module.exports = { trigger };
