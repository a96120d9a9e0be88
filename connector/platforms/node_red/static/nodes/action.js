'use strict';

const { register } = require('../lib/run');

module.exports = (RED) => register(RED, 'unitwire-action', 'action');
