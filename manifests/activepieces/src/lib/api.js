'use strict';

// Calls to Unitwire. Its sentence is what the person sees, with each field at fault by its label.

const { api_version: API_VERSION } = require('./about.json');

const TIMEOUT_MS = 40_000;

const named = (pointer = '', labels = {}) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => (/^[0-9]+$/.test(part) ? `${Number(part) + 1}` : (labels[part] ?? part)))
    .join(' ');

const refusal = (status, { error = {} }, labels) => {
  const faults = (error.details ?? []).map(
    ({ pointer, message }) => `${named(pointer, labels)}: ${message}`,
  );
  const next = status === 401 ? ['Connect Unitwire again.'] : [];
  const said = error.message ?? `Unitwire answered ${status}.`;
  return Object.assign(new Error([said, ...faults, ...next].join('\n')), { status });
};

const ask = async (auth, path, { method = 'GET', params = {}, body, labels, headers } = {}) => {
  const address = String(auth?.props?.address ?? '').replace(/\/+$/, '');
  const query = new URLSearchParams(params).toString();
  const answer = await fetch(`${address}/${path}${query && `?${query}`}`, {
    method,
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      Accept: 'application/json',
      Authorization: `Bearer ${auth?.access_token}`,
      ...(body ? { 'Content-Type': 'application/json' } : {}),
      ...headers,
    },
    body: body && JSON.stringify(body),
  });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusal(answer.status, told, labels);
  return told;
};

/** Return the JSON that Unitwire answers below its API's version; throws what to do. */
const call = (auth, path, options) => ask(auth, `${API_VERSION}/${path}`, options);

/** Return what the connection is. */
const info = (auth) => ask(auth, 'oauth2/token/info');

module.exports = { API_VERSION, call, info };
