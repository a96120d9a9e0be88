'use strict';

// Signing in at Unitwire by OAuth 2 (RFC 6749) with PKCE (RFC 7636), and the tokens kept from it.
//
// Each refresh gives a new refresh token, which has to outlive a restart; Node-RED saves credentials
// only with a deploy. So the tokens lie in a file of their own, encrypted by a key that is one of
// the account's credentials.

const { createCipheriv, createDecipheriv, createHash, randomBytes } = require('node:crypto');
const { mkdir, readFile, rename, rm, writeFile } = require('node:fs/promises');
const path = require('node:path');

const { Refusal, send } = require('./unitwire');

const AHEAD_MS = 60_000;
const ROUND_MS = 10 * 60_000; // how long a person may take to say yes
const SIGN_IN_AGAIN = 'Sign in again: open the account and press the button.';

const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const keyOf = (secret) => createHash('sha256').update(String(secret)).digest();

/** The tokens of one account, in an encrypted file. */
class TokenFile {
  constructor(folder, accountId, secret) {
    this.file = path.join(folder, `${accountId.replace(/[^A-Za-z0-9.-]/g, '_')}.tokens`);
    this.key = keyOf(secret);
  }

  /** Return {access_token, refresh_token, until}, or null if there is none that can be read. */
  async read() {
    try {
      const bytes = await readFile(this.file);
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
      return JSON.parse(text.toString('utf8'));
    } catch {
      return null;
    }
  }

  async write(given) {
    const until = Date.now() + given.expires_in * 1000;
    const { access_token, refresh_token } = given;
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const text = JSON.stringify({ access_token, refresh_token, until });
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    await mkdir(path.dirname(this.file), { recursive: true, mode: 0o700 });
    const fresh = `${this.file}.new`;
    await writeFile(fresh, Buffer.concat([nonce, cipher.getAuthTag(), sealed]), { mode: 0o600 });
    await rename(fresh, this.file);
  }

  async remove() {
    await rm(this.file, { force: true });
  }
}

const tokensFrom = (address, client, form) =>
  send(`${address}/oauth2/token`, {
    method: 'POST',
    form: {
      ...form,
      client_id: client.id,
      ...(client.secret ? { client_secret: client.secret } : {}),
    },
  });

/** Gives a valid access token, refreshed when it is needed; one refresh at a time. */
class Tokens {
  constructor(file, address, client) {
    Object.assign(this, { file, address, client, refreshing: null });
  }

  /** Return an access token other than `stale`; throws Refusal (401) if a person has to sign in. */
  async token(stale) {
    const kept = await this.file.read();
    if (!kept) throw new Refusal(401, SIGN_IN_AGAIN);
    if (kept.access_token !== stale && kept.until > Date.now() + AHEAD_MS) return kept.access_token;
    this.refreshing ??= this.refresh(kept).finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  async refresh(kept) {
    try {
      const given = await tokensFrom(this.address, this.client, {
        grant_type: 'refresh_token',
        refresh_token: kept.refresh_token,
      });
      await this.file.write(given);
      return given.access_token;
    } catch (problem) {
      if (problem.code !== 'invalid_grant') throw problem;
      throw new Refusal(401, SIGN_IN_AGAIN);
    }
  }
}

/** The sign-ins that people have begun, by the `state` that comes back. */
class Rounds {
  constructor() {
    this.begun = new Map();
  }

  /** Return the address to open; `round` is {address, client, redirectUri, file}. */
  begin(round) {
    const now = Date.now();
    for (const [state, { until }] of this.begun) if (until < now) this.begun.delete(state);
    const state = base64url(randomBytes(32));
    const verifier = base64url(randomBytes(32));
    this.begun.set(state, { ...round, verifier, until: now + ROUND_MS });
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: round.client.id,
      redirect_uri: round.redirectUri,
      state,
      code_challenge: base64url(createHash('sha256').update(verifier).digest()),
      code_challenge_method: 'S256',
    });
    return `${round.address}/oauth2/authorize?${query}`;
  }

  /** Exchange what came back for tokens, and keep them. Throws Refusal. */
  async finish({ state, code, error, error_description, iss }) {
    const round = this.begun.get(state);
    this.begun.delete(state);
    if (!round || round.until < Date.now())
      throw new Refusal(400, 'This took too long. Try again.');
    if (iss !== undefined && iss !== round.address)
      throw new Refusal(400, 'Another server answered.');
    if (error || !code) throw new Refusal(400, error_description || error || 'There is no code.');
    const given = await tokensFrom(round.address, round.client, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: round.redirectUri,
      code_verifier: round.verifier,
    });
    await round.file.write(given);
  }
}

module.exports = { Rounds, TokenFile, Tokens };
