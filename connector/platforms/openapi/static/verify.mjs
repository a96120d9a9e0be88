// Verify what Unitwire delivers, by Standard Webhooks, with nothing but Node itself.
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_S = 300; // how old, or how far ahead, a delivery may be

/**
 * Whether a delivery was signed with `secret`, within five minutes of `now`.
 *
 * `secret` is the webhook endpoint's, as Unitwire told it: 64 hexadecimal digits. `headers` has
 * names in lower case, as Node gives them; `body` is a Buffer of what came, byte for byte; `now`
 * is in seconds since the epoch. While a secret is being changed there are several signatures; one
 * has to fit.
 */
export function isGenuine(secret, headers, body, now = Date.now() / 1000) {
  const id = headers["webhook-id"] ?? "";
  const sentAt = headers["webhook-timestamp"] ?? "";
  if (!/^[0-9]{1,10}$/.test(sentAt) || Math.abs(now - Number(sentAt)) > TOLERANCE_S) {
    return false;
  }
  const expected = createHmac("sha256", Buffer.from(secret, "hex"))
    .update(`${id}.${sentAt}.`)
    .update(body)
    .digest();
  return (headers["webhook-signature"] ?? "").split(" ").some((each) => {
    const [version, encoded] = each.split(",", 2);
    const given = Buffer.from(encoded ?? "", "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}
