'use strict';

// How this package talks to Unitwire: JSON both ways, one kind of error, patience where it helps.

const { version } = require('../package.json');
const { api_version: API_VERSION } = require('./contract.json');

const TIMEOUT_MS = 40_000;
const TRIES = 3;
const LONGEST_WAIT_S = 30;
const FIRST_WAIT_S = 1;

/** Unitwire's refusal in words for people; `status` 0 means that it did not answer. */
class Refusal extends Error {
  constructor(status, message, { code = '', details = [], retryAfterS = null } = {}) {
    const more = details.filter((each) => !message.includes(each.message));
    super([message, ...more.map((each) => `${each.pointer || '/'}: ${each.message}`)].join('\n'));
    this.name = 'Refusal';
    Object.assign(this, { status, code, details, retryAfterS });
  }
}

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/** Return the address of an installation without a closing slash; throws if it is none. */
const addressOf = (text) => {
  const url = new URL(String(text ?? '').trim());
  if (!['http:', 'https:'].includes(url.protocol)) throw new TypeError('no web address');
  return url.href.replace(/\/+$/, '');
};

/** Send one request; returns the JSON of the answer, {} for none. Throws Refusal. */
const send = async (url, { method = 'GET', token, body, form, headers = {} } = {}) => {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        Accept: 'application/json',
        'User-Agent': `unitwire-node-red/${version}`,
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      body: form ? new URLSearchParams(form) : body && JSON.stringify(body),
    });
  } catch (problem) {
    throw new Refusal(0, `Unitwire does not answer at ${new URL(url).origin}: ${problem.message}`);
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) return told;
  const error = typeof told.error === 'object' ? told.error : {};
  const message = error?.message ?? told.error_description ?? `Unitwire answered ${answer.status}.`;
  const retryAfter = Number(answer.headers.get('Retry-After'));
  throw new Refusal(answer.status, message, {
    code: error?.code ?? told.error,
    details: error?.details,
    retryAfterS: retryAfter > 0 ? retryAfter : null,
  });
};

const mayComeBack = ({ status }) => status === 0 || status === 429 || status === 503;

/**
 * Send a request that can be repeated without harm, a few times where waiting helps.
 * A longer wait than LONGEST_WAIT_S is left to the person who built the flow.
 */
const sendPatiently = async (url, options, tries = TRIES) => {
  try {
    return await send(url, options);
  } catch (problem) {
    const wait = problem.retryAfterS ?? FIRST_WAIT_S;
    if (tries <= 1 || !mayComeBack(problem) || wait > LONGEST_WAIT_S) throw problem;
    await pause(wait);
    return sendPatiently(url, options, tries - 1);
  }
};

module.exports = { API_VERSION, Refusal, addressOf, send, sendPatiently };
