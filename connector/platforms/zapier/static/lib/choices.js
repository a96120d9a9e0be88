'use strict';

// The choices of a field, as they are in Stora now, page by page.
//
// A source is a picklist, narrowed by what other fields hold, or the newest results of a search.
// The token of a page is the place of its source and the number of the page: "0:2".

const { act, call } = require('./api');

const LIMIT = 100;

const fromPicklist = async (z, bundle, { picklist, narrow = {} }, page) => {
  const filters = Object.entries(narrow)
    .map(([name, key]) => [name, bundle.inputData?.[key]])
    .filter(([, value]) => value);
  const { items, meta } = await call(z, bundle, {
    path: `picklists/${picklist}`,
    params: { ...Object.fromEntries(filters), page, limit: LIMIT },
  });
  return {
    found: items.map(({ value, label }) => ({ id: value, label })),
    next: meta.pagination.next,
  };
};

const fromSearch = async (z, bundle, { search, list, title }) => {
  const answer = await act(z, bundle, search, { limit: LIMIT });
  const label = (item) => {
    const [first, second] = title.map((key) => item[key]).filter(Boolean);
    return second ? `${first} (${second})` : (first ?? item.id);
  };
  return { found: answer[list].map((item) => ({ id: item.id, label: label(item) })), next: null };
};

/** Return the function with which Zapier fetches the choices that `sources` give. */
const choicesFrom = (sources) => async (z, bundle) => {
  const [place, page] = (bundle.meta?.paging_token ?? '0:1').split(':').map(Number);
  const source = sources[place];
  const fetch = source.picklist ? fromPicklist : fromSearch;
  const { found, next } = await fetch(z, bundle, source, page);
  const results = source.kind
    ? found.map(({ id, label }) => ({ id, label: `${source.kind}: ${label}` }))
    : found;
  if (next) return { results, paging_token: `${place}:${next}` };
  return { results, paging_token: place + 1 < sources.length ? `${place + 1}:1` : null };
};

module.exports = { choicesFrom };
