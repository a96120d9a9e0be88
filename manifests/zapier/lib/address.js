'use strict';

// The server's address is typed by a person, and secrets are sent there: so it is looked at first.

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const PUBLIC_NAME = new RegExp(`^(?:${LABEL}\\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])$`);
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|arpa)$/;

const readable = (typed) => {
  try {
    return new URL(typed.includes('://') ? typed : `https://${typed}`);
  } catch {
    return null;
  }
};

/** For proofs on one machine; on Zapier's, loopback belongs to Zapier. */
const isAllowedLoopback = (url) =>
  process.env.ALLOW_LOOPBACK === '1' && url.protocol === 'http:' && url.hostname === '127.0.0.1';

const isPublic = ({ protocol, hostname }) =>
  protocol === 'https:' && PUBLIC_NAME.test(hostname) && !PRIVATE_NAME.test(hostname);

/** Return the origin of the server that the person named; throws what to do if it is none. */
const addressOf = (z, bundle) => {
  const typed = String(bundle.authData?.address || bundle.inputData?.address || '').trim();
  const url = readable(typed);
  const isBare = url && !url.username && !url.password && !url.search && !url.hash;
  if (!isBare || url.pathname !== '/' || !(isPublic(url) || isAllowedLoopback(url))) {
    throw new z.errors.Error(
      'Write the address of your Unitwire, such as https://unitwire.example.com, without a path.',
      'invalid_address',
      400,
    );
  }
  return url.origin;
};

module.exports = { addressOf };
