'use strict';

// Calls to Unitwire, and what becomes of its errors:
//
//   401          Zapier refreshes the token and repeats (its core sees to that)
//   429, 503     Zapier waits as long as Unitwire says, and repeats
//   422          the person sees each field that is wrong, by its label
//   all others   the person sees Unitwire's sentence

const { addressOf } = require('./address');
const { api_version: API_VERSION } = require('./contract.json');

/** Return a fault as a person reads it: `Line Items 2 Item: Must be …`. */
const told = ({ pointer, message }, labels) => {
  const parts = pointer.split('/').slice(1);
  const words = parts.map((part) =>
    /^[0-9]+$/.test(part) ? `${Number(part) + 1}` : (labels[part] ?? part),
  );
  return words.length ? `${words.join(' ')}: ${message}` : message;
};

const fail = (z, response, labels) => {
  const { status, data } = response;
  const { code, message, details = [] } = data?.error ?? {};
  const faults = details.map((fault) => told(fault, labels));
  const said = [message ?? `Unitwire answered ${status}.`, ...faults].join('\n');
  const wait = Number.parseInt(response.headers.get('retry-after'), 10);
  if (status === 429 || (status === 503 && wait))
    throw new z.errors.ThrottledError(said, wait || 1);
  throw new z.errors.Error(said, code, status);
};

/**
 * Return the JSON that Unitwire answers below its API's version; null with `absent` if there is no
 * such thing. `labels` are those of the fields that the request is made from.
 */
const call = async (z, bundle, { path, labels = {}, absent = false, headers, ...request }) => {
  const response = await z.request({
    ...request,
    url: `${addressOf(z, bundle)}/${path.startsWith('oauth2/') ? '' : `${API_VERSION}/`}${path}`,
    headers: { Authorization: `Bearer ${bundle.authData.access_token}`, ...headers },
    redirect: 'manual',
    skipThrowForStatus: true,
    throwForThrottlingEarly: false,
  });
  if (absent && [404, 410].includes(response.status)) return null;
  if (response.status < 200 || response.status > 299) fail(z, response, labels);
  return response.data ?? {};
};

/** Carry out an action or a search; return Unitwire's answer. */
const act = (z, bundle, key, body, labels) =>
  call(z, bundle, {
    method: 'POST',
    path: `actions/${key}`,
    body,
    labels,
    headers: bundle.meta?.zap?.id ? { 'Unitwire-Workflow-Id': String(bundle.meta.zap.id) } : {},
  });

module.exports = { API_VERSION, act, call };
