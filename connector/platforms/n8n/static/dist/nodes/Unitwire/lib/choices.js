"use strict";
// The choices of an id, as they are in Stora now, with search and pages.
//
// A method has one or several sources: a picklist, narrowed by what other fields of the form hold,
// or the newest results of a search. The token of a page is the place of its source and the number
// of the page: "0:2".
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.listSearch = void 0;
const api_1 = require("./api");
const choices_json_1 = __importDefault(require("./choices.json"));
const form_1 = require("./form");
const LIMIT = 100;
/** Return what the form holds now, under the names that Unitwire knows. */
const formOf = (context) => {
    const form = (context.getCurrentNodeParameters() ?? {});
    return { ...form, ...form[form_1.MORE] };
};
const fromPicklist = async (context, { picklist, narrow = [] }, page, filter) => {
    const form = formOf(context);
    const filters = narrow
        .map((name) => [name, (0, form_1.plain)(form[`${name}_id`] ?? form[`choose_${name}_id`])])
        .filter(([, value]) => value);
    const answer = await (0, api_1.call)(context, {
        path: `picklists/${picklist}`,
        qs: { ...Object.fromEntries(filters), ...(filter ? { q: filter } : {}), page, limit: LIMIT },
    });
    const items = answer.items;
    const { pagination } = answer.meta;
    return {
        items: items.map(({ label, value }) => ({ name: label, value })),
        next: pagination.next,
    };
};
const fromSearch = async (context, { search, many = '', title = [] }, filter) => {
    const body = { limit: LIMIT };
    const answer = await (0, api_1.call)(context, { method: 'POST', path: `actions/${search}`, body });
    const words = (filter ?? '').toLowerCase().split(/\s+/);
    const items = answer[many]
        .map((item) => {
        const [first, second] = title.map((key) => item[key]).filter(Boolean);
        return { name: second ? `${first} (${second})` : `${first ?? item.id}`, value: item.id };
    })
        .filter(({ name, value }) => words.every((word) => `${name} ${value}`.toLowerCase().includes(word)));
    return { items, next: null };
};
const method = (from) => async function search(filter, paginationToken) {
    const [place = 0, page = 1] = (paginationToken ?? '0:1').split(':').map(Number);
    const source = from[place];
    if (!source)
        return { results: [] };
    const { items, next } = source.picklist
        ? await fromPicklist(this, source, page, filter)
        : await fromSearch(this, source, filter);
    const results = from.length > 1
        ? items.map((item) => ({ ...item, name: `${source.kind}: ${item.name}` }))
        : items;
    if (next)
        return { results, paginationToken: `${place}:${next}` };
    if (place + 1 < from.length)
        return { results, paginationToken: `${place + 1}:1` };
    return { results };
};
/** The methods that n8n calls by the names in the fields. */
exports.listSearch = Object.fromEntries(Object.entries(choices_json_1.default).map(([name, from]) => [name, method(from)]));
