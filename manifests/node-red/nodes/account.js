'use strict';

// The account: where Unitwire is, how to get in, and where Unitwire reaches this Node-RED.
// Also the routes that the editor asks: test, sign in, choices.

const path = require('node:path');

const { choices } = require('../lib/choices');
const { Rounds, TokenFile, Tokens } = require('../lib/sign-in');
const { Refusal, addressOf, send, sendPatiently } = require('../lib/unitwire');

const UNCHANGED = '__PWRD__'; // what the editor has in place of a password that it may not see

module.exports = (RED) => {
  const rounds = new Rounds();

  const tokenFile = (id, secret) =>
    new TokenFile(path.join(RED.settings.userDir ?? '.', 'unitwire'), id, secret);

  /** Return what gives tokens: the personal one, or those from signing in. */
  const tokensOf = (id, { address, auth, clientId }, { token, clientSecret, key }) => {
    if (auth !== 'oauth') return { token: async () => token };
    return new Tokens(tokenFile(id, key), address, { id: clientId, secret: clientSecret });
  };

  /** Call `use` with a token, and once more with a fresh one if that is refused. */
  const withToken = async (tokens, use) => {
    const first = await tokens.token();
    try {
      return await use(first);
    } catch (problem) {
      if (problem.status !== 401) throw problem;
      const second = await tokens.token(first);
      if (second === first) throw problem;
      return use(second);
    }
  };

  function Account(config) {
    RED.nodes.createNode(this, config);
    const credentials = this.credentials ?? {};
    try {
      this.address = addressOf(config.address);
      this.publicUrl = config.publicUrl ? addressOf(config.publicUrl) : '';
    } catch {
      this.error(RED._('account.badAddress'));
      this.ask = async () => {
        throw new Refusal(0, RED._('account.badAddress'));
      };
      return;
    }
    const tokens = tokensOf(this.id, { ...config, address: this.address }, credentials);

    /**
     * Ask Unitwire. What `repeats` harmlessly is sent again where waiting helps; `key` makes that
     * so for a POST. Throws Refusal.
     */
    this.ask = (method, below, { key, repeats = method !== 'POST', headers, ...options } = {}) =>
      withToken(tokens, (token) =>
        (repeats || key ? sendPatiently : send)(this.address + below, {
          method,
          token,
          headers: { ...headers, ...(key ? { 'Idempotency-Key': key } : {}) },
          ...options,
        }),
      );

    this.on('close', (removed, done) => {
      const gone = removed && config.auth === 'oauth' ? tokenFile(this.id, '').remove() : null;
      Promise.resolve(gone).finally(() => done());
    });
  }

  RED.nodes.registerType('unitwire-account', Account, {
    credentials: {
      token: { type: 'password' },
      clientSecret: { type: 'password' },
      key: { type: 'password' },
    },
  });

  // ---- what the editor asks --------------------------------------------------------------------

  const mayRead = RED.auth.needsPermission('unitwire.read');
  const mayWrite = RED.auth.needsPermission('unitwire.write');

  /** Return the credentials in a form, with the stored ones where they were not touched. */
  const credentialsIn = ({ id, credentials = {} }) => {
    const stored = RED.nodes.getCredentials(id) ?? {};
    const typed = Object.entries(credentials).filter(([, value]) => value && value !== UNCHANGED);
    return { ...stored, ...Object.fromEntries(typed) };
  };

  /** Answer with what `work` returns, or with what went wrong, in words. */
  const answering = (work) => async (request, response) => {
    try {
      response.json(await work(request));
    } catch (problem) {
      const status = problem instanceof Refusal && problem.status >= 400 ? 422 : 502;
      response.status(status).json({ message: problem.message });
    }
  };

  const test = async ({ body }) => {
    const tokens = tokensOf(
      body.id,
      { ...body, address: addressOf(body.address) },
      credentialsIn(body),
    );
    const url = `${addressOf(body.address)}/oauth2/token/info`;
    const info = await withToken(tokens, (token) => send(url, { token }));
    return { operator: info.operator.name };
  };

  const signIn = async ({ body }) => {
    const { clientSecret, key } = credentialsIn(body);
    return {
      url: rounds.begin({
        address: addressOf(body.address),
        client: { id: String(body.clientId), secret: clientSecret },
        redirectUri: String(body.redirectUri),
        file: tokenFile(String(body.id), key),
      }),
    };
  };

  const callback = async ({ query }, response) => {
    const page = (text) => `<!doctype html><meta charset="utf-8"><title>Unitwire</title><p>${text}`;
    try {
      await rounds.finish(query);
      response.send(page('You are signed in. Close this window, then press Done and Deploy.'));
    } catch (problem) {
      const safe = problem.message.replace(/[^\w .,:;()/'-]/g, '');
      response.status(400).send(page(`That did not work. ${safe}`));
    }
  };

  const choose = async ({ params, query }) => {
    const account = RED.nodes.getNode(params.id);
    if (account?.type !== 'unitwire-account') throw new Refusal(404, 'Deploy the account first.');
    return choices(account, query);
  };

  RED.httpAdmin.post('/unitwire/test', mayWrite, answering(test));
  RED.httpAdmin.post('/unitwire/sign-in', mayWrite, answering(signIn));
  RED.httpAdmin.get('/unitwire/callback', callback); // open: the browser brings no token; the state is checked
  RED.httpAdmin.get('/unitwire/accounts/:id/choices', mayRead, answering(choose));
};
