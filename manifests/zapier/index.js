'use strict';

const { version: platformVersion } = require('zapier-platform-core');

const authentication = require('./authentication');
const hydrators = require('./hydrators');
const { create, search } = require('./lib/action');
const { trigger } = require('./lib/trigger');
const { version } = require('./package.json');

const byKey = (rows, make = (row) => row) =>
  Object.fromEntries(rows.map((row) => [row.key, make(row)]));

module.exports = {
  version,
  platformVersion,
  authentication,
  hydrators,
  triggers: byKey(require('./triggers'), trigger),
  creates: byKey(require('./creates'), create),
  searches: byKey(require('./searches'), search),
  searchOrCreates: byKey(require('./search_or_creates.json')),
};
