'use strict';

// An instant trigger: a webhook endpoint of Unitwire for as long as the flow is on.

const { createTrigger, TriggerStrategy } = require('@activepieces/pieces-framework');

const { API_VERSION, call } = require('./api');
const { propsOf } = require('./props');
const { isGenuine } = require('./signature');
const { unwrap } = require('./unwrap');

const KEY = 'endpoint';

/** A flow has one trigger, so that the flow's id says which workflow it is. */
const workflowOf = ({ flows, webhookUrl }) => flows?.current?.id ?? webhookUrl;

/** Return the endpoint's secret; one that existed already does not tell it, so it gets a new one. */
const secretOf = async (auth, { id, secret }) =>
  secret ??
  (await call(auth, `webhook_endpoints/${id}/rotate_secret`, { method: 'POST' })).endpoint.secret;

const enable = (label, typesOf) => async (context) => {
  const { endpoint } = await call(context.auth, 'webhook_endpoints', {
    method: 'POST',
    body: {
      name: `Activepieces: ${label}`,
      api_version: API_VERSION,
      url: context.webhookUrl,
      event_types: typesOf(context),
      metadata: { external_id: workflowOf(context) },
    },
  });
  const secret = await secretOf(context.auth, endpoint);
  await context.store.put(KEY, { id: endpoint.id, secret });
};

const disable = async (context) => {
  const kept = await context.store.get(KEY);
  if (!kept) return;
  await call(context.auth, `webhook_endpoints/${kept.id}`, { method: 'DELETE' });
  await context.store.delete(KEY);
};

const header = (headers = {}) =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-stora-signature')?.[1];

/** What is delivered is verified where Activepieces hands on the raw body. */
const run = async (context) => {
  const { body, rawBody, headers } = context.payload;
  const { secret = '' } = (await context.store.get(KEY)) ?? {};
  const raw = typeof rawBody === 'string' || Buffer.isBuffer(rawBody) ? String(rawBody) : null;
  if (raw !== null && !isGenuine(header(headers), raw, secret)) {
    throw new Error('This was not sent by Unitwire: its signature is wrong.');
  }
  return [unwrap(body)];
};

/** Return the newest events, or samples; the newest first. */
const test = (typesOf) => async (context) => {
  const answers = await Promise.all(
    typesOf(context).map((type) => call(context.auth, `event_types/${type}/samples`)),
  );
  return answers
    .flatMap(({ samples }) => samples.map(unwrap))
    .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at));
};

/** Return the trigger that a row describes. */
const triggerOf = ({ event_types: types, props, ...row }, auth) => {
  const typesOf = ({ propsValue }) => types ?? propsValue.event_types ?? [];
  return createTrigger({
    ...row,
    auth,
    type: TriggerStrategy.WEBHOOK,
    props: propsOf(props, auth),
    onEnable: enable(row.displayName, typesOf),
    onDisable: disable,
    run,
    test: test(typesOf),
  });
};

module.exports = { triggerOf };
