// Whether a delivery, given on standard input, is genuine: by Standard Webhooks' own library, and by
// the package's verify.mjs, which is beside this file.
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { isGenuine } from './package/verify.mjs';

const { secret, headers, body } = JSON.parse(await text(process.stdin));
const base64 = Buffer.from(secret, 'hex').toString('base64');

const verifies = () => {
  try {
    new Webhook(`whsec_${base64}`).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

process.stdout.write(
  JSON.stringify({ library: verifies(), ours: isGenuine(secret, headers, Buffer.from(body)) }),
);
