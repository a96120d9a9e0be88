'use strict';

// Whether a delivery comes from Unitwire: its signature is made with the endpoint's own secret.

const { createHmac, timingSafeEqual } = require('node:crypto');

const TOLERANCE_S = 300;

const hmac = (secret, signed) => createHmac('sha256', secret).update(signed, 'utf8').digest();

/**
 * Say whether `header`, the delivery's X-Stora-Signature (`t=…,v1=…`), fits the raw `body`.
 * While a secret is being changed there are several v1, and one that fits is enough.
 */
const isGenuine = (header, body, secret, nowS = Date.now() / 1000) => {
  if (!secret) return false; // an empty key would let anybody sign
  const parts = String(header ?? '')
    .split(',')
    .map((part) => part.trim().split('='));
  const times = parts.filter(([name]) => name === 't').map(([, value]) => value);
  if (times.length !== 1 || !/^[0-9]{1,12}$/.test(times[0] ?? '')) return false;
  if (Math.abs(nowS - Number(times[0])) > TOLERANCE_S) return false;
  const expected = hmac(secret, `${times[0]}.${body}`);
  return parts
    .filter(([name, value]) => name === 'v1' && /^[0-9a-f]{64}$/.test(value ?? ''))
    .some(([, value]) => timingSafeEqual(Buffer.from(value, 'hex'), expected));
};

module.exports = { isGenuine };
