'use strict';

// The choices of a field that is an id: from a picklist, or the newest results of a search.

const { actions } = require('../resources/catalogue.json');
const { API_VERSION, Refusal } = require('./unitwire');

const PAGE = 50;

const fieldsIn = (fields) => fields.flatMap((field) => [field, ...fieldsIn(field.children ?? [])]);

const SOURCES = fieldsIn(actions.flatMap(({ fields }) => fields)).flatMap(
  ({ sources = [] }) => sources,
);
const SEARCHES = new Map(SOURCES.filter(({ search }) => search).map((each) => [each.search, each]));
const PICKLISTS = new Set(SOURCES.map(({ picklist }) => picklist).filter(Boolean));

const titled = (document, keys) => {
  const [name, more] = keys.map((key) => document[key]).filter(Boolean);
  return more ? `${name} (${more})` : String(name ?? document.id);
};

const fromPicklist = async (account, { picklist, q, ...filters }) => {
  const query = new URLSearchParams({ ...filters, limit: PAGE, ...(q ? { q } : {}) });
  const below = `/${API_VERSION}/picklists/${encodeURIComponent(picklist)}?${query}`;
  const { items } = await account.ask('GET', below);
  return items.map(({ value, label }) => ({ value, label }));
};

const fromSearch = async (account, { search, q = '' }) => {
  const { many, title } = SEARCHES.get(search);
  const body = { limit: 100 };
  const found = await account.ask('POST', `/${API_VERSION}/actions/${search}`, {
    body,
    repeats: true,
  });
  const words = q.toLowerCase().split(/\s+/);
  return found[many]
    .map((document) => ({ value: document.id, label: titled(document, title) }))
    .filter(({ value, label }) =>
      words.every((word) => `${label} ${value}`.toLowerCase().includes(word)),
    )
    .slice(0, PAGE);
};

/** Return [{value, label}] for {picklist | search, q, …filters}. Throws Refusal. */
const choices = (account, query) => {
  if (PICKLISTS.has(query.picklist)) return fromPicklist(account, query);
  if (SEARCHES.has(query.search)) return fromSearch(account, query);
  throw new Refusal(404, 'There are no such choices.');
};

module.exports = { choices };
