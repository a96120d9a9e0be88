'use strict';

// What is delivered is Stora's event, byte for byte. A workflow gets it flat: the event's id, type
// and time, then the resource's own fields, then `flat`: ids, sums and links, ready to use.

const TABLE = require('./flat.json');

const OF_EVENT = ['id', 'type', 'created_at'];

const text = (value) => (typeof value === 'string' ? value : null);

/** Return `units`, such as pence, as decimal text: 4999 GBP is `49.99`. */
const decimal = (units, currency) => {
  if (!Number.isInteger(units)) return null;
  const places = TABLE.decimals[currency] ?? 2;
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  const point = digits.length - places;
  const whole = digits.slice(0, point);
  return (units < 0 ? '-' : '') + (places ? `${whole}.${digits.slice(point)}` : whole);
};

/** Complete a link with the curie that its name begins with. */
const address = (rel, links, curies) => {
  const href = text(links?.[rel]?.href);
  const whole = text(curies.find((curie) => curie?.name === rel.split(':')[0])?.href);
  return href !== null && whole !== null ? whole.replaceAll('{rel}', () => href) : null;
};

/** Return the ids, sums and links of one resource; null where it has no such thing. */
const flatten = (resource, document, curies) => {
  const row = TABLE.resources[resource];
  if (!row) return {};
  const flat = { [`${resource}_id`]: text(document.id) };
  for (const key of row.relations) flat[`${key}_id`] = text(document[key]?.id);
  for (const key of row.sums) {
    flat[key] = decimal(document[key]?.amount, document[key]?.currency);
  }
  for (const rel of row.links) {
    flat[`${rel.split(':')[1]}_url`] = address(rel, document._links, curies);
  }
  if (row.sums.length) {
    flat.currency = row.sums.map((key) => text(document[key]?.currency)).find(Boolean) ?? null;
  }
  return flat;
};

const curiesOf = ({ meta }) => (Array.isArray(meta?.curies) ? meta.curies : []);

/** Return the body of a delivery as a workflow gets it. */
const unwrap = ({ event }) => {
  const data = event.data ?? {};
  const named = event.type.split('.')[0];
  const resource = named in data ? named : (Object.keys(data)[0] ?? named);
  const document = data[resource] ?? {};
  const item = Object.fromEntries(OF_EVENT.map((key) => [key, event[key] ?? null]));
  for (const [key, value] of Object.entries(document)) {
    item[OF_EVENT.includes(key) ? `${resource}_${key}` : key] = value;
  }
  return { ...item, flat: flatten(resource, document, curiesOf(event)) };
};

module.exports = { unwrap };
