'use strict';

// OAuth 2.0 with PKCE against the person's own Unitwire. Zapier keeps the state, the verifier and
// the tokens. The client's secret, if it has one, goes to the one server that it was made by.

const { addressOf } = require('./lib/address');
const { call } = require('./lib/api');

const clientFor = (address) => ({
  client_id: process.env.CLIENT_ID,
  ...(process.env.CLIENT_SECRET && process.env.ADDRESS === address
    ? { client_secret: process.env.CLIENT_SECRET }
    : {}),
});

const authorizeUrl = (z, bundle) => {
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: process.env.CLIENT_ID,
    redirect_uri: bundle.inputData.redirect_uri,
    state: bundle.inputData.state,
  });
  return `${addressOf(z, bundle)}/oauth2/authorize?${asked}`;
};

const askForTokens = async (z, bundle, grant) => {
  const address = addressOf(z, bundle);
  const response = await z.request({
    method: 'POST',
    url: `${address}/oauth2/token`,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: { ...clientFor(address), ...grant },
    redirect: 'manual',
    skipThrowForStatus: true,
  });
  const { error, error_description: why, access_token, refresh_token } = response.data ?? {};
  if (error === 'invalid_grant') {
    throw new z.errors.ExpiredAuthError('The connection has ended. Connect Unitwire again.');
  }
  if (!access_token) {
    throw new z.errors.Error(why ?? 'Unitwire gave no token.', error, response.status);
  }
  return { access_token, refresh_token };
};

const getAccessToken = (z, bundle) =>
  askForTokens(z, bundle, {
    grant_type: 'authorization_code',
    code: bundle.inputData.code,
    redirect_uri: bundle.inputData.redirect_uri,
    code_verifier: bundle.inputData.code_verifier,
  });

const refreshAccessToken = (z, bundle) =>
  askForTokens(z, bundle, {
    grant_type: 'refresh_token',
    refresh_token: bundle.authData.refresh_token,
  });

const test = async (z, bundle) => {
  const { operator, connection } = await call(z, bundle, { path: 'oauth2/token/info' });
  return { operator: operator.name, connection };
};

module.exports = {
  type: 'oauth2',
  oauth2Config: {
    authorizeUrl,
    getAccessToken,
    refreshAccessToken,
    autoRefresh: true,
    enablePkce: true,
  },
  fields: [
    {
      key: 'address',
      label: 'Unitwire Address',
      type: 'string',
      required: true,
      isNoSecret: true,
      placeholder: 'https://unitwire.example.com',
      helpText:
        'Where your Unitwire runs, such as `https://unitwire.example.com`. Whoever set it up ' +
        'knows the address. You need an account at [Stora](https://stora.co) as well.',
    },
  ],
  test,
  connectionLabel: '{{operator}}',
};
