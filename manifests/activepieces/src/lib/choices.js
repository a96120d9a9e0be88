'use strict';

// The choices of an id, as they are in Stora now. There are no pages here, so who does not find
// something in the first hundred searches for it.

const { call } = require('./api');

const LIMIT = 100;

const fromPicklist = async (auth, { picklist, narrow }, form, q) => {
  const filters = Object.entries(narrow)
    .map(([name, key]) => [name, form[key]])
    .filter(([, value]) => value);
  const { items } = await call(auth, `picklists/${picklist}`, {
    params: { ...Object.fromEntries(filters), ...(q ? { q } : {}), limit: LIMIT },
  });
  return items.map(({ label, value }) => ({ label, value }));
};

const fromSearch = async (auth, { search, many, title }, q) => {
  const answer = await call(auth, `actions/${search}`, { method: 'POST', body: { limit: LIMIT } });
  const words = q.toLowerCase().split(/\s+/);
  return answer[many]
    .map((item) => {
      const [first, second] = title.map((key) => item[key]).filter(Boolean);
      return { label: second ? `${first} (${second})` : (first ?? item.id), value: item.id };
    })
    .filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)));
};

/** Return the function with which Activepieces fetches the choices that `sources` give. */
const choicesFrom =
  (sources) =>
  async ({ auth, ...form }, { searchValue } = {}) => {
    if (!auth) return { disabled: true, options: [], placeholder: 'Connect Unitwire first.' };
    const q = String(searchValue ?? '').trim();
    const found = await Promise.all(
      sources.map(async (source) => {
        const options = await (source.picklist
          ? fromPicklist(auth, source, form, q)
          : fromSearch(auth, source, q));
        const named = ({ label, value }) => ({ label: `${source.kind}: ${label}`, value });
        return sources.length > 1 ? options.map(named) : options;
      }),
    );
    return { disabled: false, options: found.flat() };
  };

module.exports = { choicesFrom };
