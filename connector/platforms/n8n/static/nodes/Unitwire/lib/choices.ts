// The choices of an id, as they are in Stora now, with search and pages.
//
// A method has one or several sources: a picklist, narrowed by what other fields of the form hold,
// or the newest results of a search. The token of a page is the place of its source and the number
// of the page: "0:2".

import type {
  IDataObject,
  ILoadOptionsFunctions,
  INodeListSearchItems,
  INodeListSearchResult,
} from 'n8n-workflow';

import { call } from './api';
import sources from './choices.json';
import { MORE, plain } from './form';

const LIMIT = 100;

interface Source {
  kind: string;
  picklist?: string;
  narrow?: string[];
  search?: string;
  many?: string;
  title?: string[];
}

interface Found {
  items: INodeListSearchItems[];
  next: number | null;
}

/** Return what the form holds now, under the names that Unitwire knows. */
const formOf = (context: ILoadOptionsFunctions): IDataObject => {
  const form = (context.getCurrentNodeParameters() ?? {}) as IDataObject;
  return { ...form, ...(form[MORE] as IDataObject | undefined) };
};

const fromPicklist = async (
  context: ILoadOptionsFunctions,
  { picklist, narrow = [] }: Source,
  page: number,
  filter: string | undefined,
): Promise<Found> => {
  const form = formOf(context);
  const filters = narrow
    .map((name) => [name, plain(form[`${name}_id`] ?? form[`choose_${name}_id`])] as const)
    .filter(([, value]) => value);
  const answer = await call(context, {
    path: `picklists/${picklist}`,
    qs: { ...Object.fromEntries(filters), ...(filter ? { q: filter } : {}), page, limit: LIMIT },
  });
  const items = answer.items as Array<{ label: string; value: string }>;
  const { pagination } = answer.meta as { pagination: { next: number | null } };
  return {
    items: items.map(({ label, value }) => ({ name: label, value })),
    next: pagination.next,
  };
};

const fromSearch = async (
  context: ILoadOptionsFunctions,
  { search, many = '', title = [] }: Source,
  filter: string | undefined,
): Promise<Found> => {
  const body = { limit: LIMIT };
  const answer = await call(context, { method: 'POST', path: `actions/${search}`, body });
  const words = (filter ?? '').toLowerCase().split(/\s+/);
  const items = (answer[many] as Array<IDataObject & { id: string }>)
    .map((item) => {
      const [first, second] = title.map((key) => item[key]).filter(Boolean);
      return { name: second ? `${first} (${second})` : `${first ?? item.id}`, value: item.id };
    })
    .filter(({ name, value }) =>
      words.every((word) => `${name} ${value}`.toLowerCase().includes(word)),
    );
  return { items, next: null };
};

const method = (from: Source[]) =>
  async function search(
    this: ILoadOptionsFunctions,
    filter?: string,
    paginationToken?: string,
  ): Promise<INodeListSearchResult> {
    const [place = 0, page = 1] = (paginationToken ?? '0:1').split(':').map(Number);
    const source = from[place];
    if (!source) return { results: [] };
    const { items, next } = source.picklist
      ? await fromPicklist(this, source, page, filter)
      : await fromSearch(this, source, filter);
    const results =
      from.length > 1
        ? items.map((item) => ({ ...item, name: `${source.kind}: ${item.name}` }))
        : items;
    if (next) return { results, paginationToken: `${place}:${next}` };
    if (place + 1 < from.length) return { results, paginationToken: `${place + 1}:1` };
    return { results };
  };

/** The methods that n8n calls by the names in the fields. */
export const listSearch = Object.fromEntries(
  Object.entries(sources as Record<string, Source[]>).map(([name, from]) => [name, method(from)]),
);
