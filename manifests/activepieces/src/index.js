'use strict';

const { createPiece, PieceAuth, Property } = require('@activepieces/pieces-framework');

const { actionOf } = require('./lib/action');
const { info } = require('./lib/api');
const { logo } = require('./lib/about.json');
const { triggerOf } = require('./lib/trigger');

const auth = PieceAuth.OAuth2({
  displayName: 'Connection',
  description: 'Your Unitwire asks you to connect Stora, and shows what Activepieces may do.',
  required: true,
  authUrl: '{address}/oauth2/authorize',
  tokenUrl: '{address}/oauth2/token',
  scope: [],
  pkce: true,
  pkceMethod: 'S256',
  props: {
    address: Property.ShortText({
      displayName: 'Unitwire Address',
      description:
        'Where your Unitwire runs, such as https://unitwire.example.com, without a slash at the end.',
      required: true,
    }),
  },
  validate: async ({ auth: given }) => {
    try {
      await info(given);
      return { valid: true };
    } catch (problem) {
      return { valid: false, error: problem.message };
    }
  },
});

module.exports.unitwire = createPiece({
  displayName: 'Stora (Unitwire)',
  description: 'Stora, the software for self-storage: start flows by its events, look up, change.',
  auth,
  minimumSupportedRelease: '0.30.0',
  logoUrl: logo,
  authors: [],
  actions: require('./actions').map((row) => actionOf(row, auth)),
  triggers: require('./triggers').map((row) => triggerOf(row, auth)),
});
