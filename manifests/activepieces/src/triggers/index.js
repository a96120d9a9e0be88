'use strict';

module.exports = [
  require('./contact_created.json'),
  require('./deal_created.json'),
  require('./deal_won.json'),
  require('./deal_lost.json'),
  require('./order_completed.json'),
  require('./contract_signed.json'),
  require('./tenancy_started.json'),
  require('./invoice_paid.json'),
  require('./invoice_marked_uncollectible.json'),
  require('./unit_overlocked.json'),
  require('./unit_available.json'),
  require('./subscription_cancelled.json'),
  require('./event.json'),
];
