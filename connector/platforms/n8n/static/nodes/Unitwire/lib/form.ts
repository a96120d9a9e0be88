// Forms: which fields are shown for which operation, and what is in them as Unitwire takes it.

import { NodeOperationError } from 'n8n-workflow';
import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import type { Labels } from './api';

/** The name of the collection of what need not be filled in. */
export const MORE = 'more';

const CHOOSING = /^choose_/; // fields that only narrow the choices of others
const LOCAL_TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$/;

export interface Operation {
  name: string;
  value: string;
  action: string;
  description: string;
  /** The key of the result in Unitwire's answer: one resource, or many. */
  answer: { one?: string; many?: string };
  properties: INodeProperties[];
}

export interface Group {
  resource: { name: string; value: string };
  operations: Operation[];
}

/** Return the properties of the node: resource, operation, and the fields of each operation. */
export const propertiesOf = (groups: Group[]): INodeProperties[] => [
  {
    displayName: 'Resource',
    name: 'resource',
    type: 'options',
    noDataExpression: true,
    options: groups.map(({ resource }) => resource),
    default: 'contact',
  },
  ...groups.map(
    ({ resource, operations }): INodeProperties => ({
      displayName: 'Operation',
      name: 'operation',
      type: 'options',
      noDataExpression: true,
      displayOptions: { show: { resource: [resource.value] } },
      options: operations.map(({ name, value, action, description }) => ({
        name,
        value,
        action,
        description,
      })),
      default: operations[0]?.value ?? '',
    }),
  ),
  ...groups.flatMap(({ resource, operations }) =>
    operations.flatMap(({ value, properties }) =>
      properties.map((property) => ({
        ...property,
        displayOptions: { show: { resource: [resource.value], operation: [value] } },
      })),
    ),
  ),
];

/** Return all fields of a form with those in its collection. */
const fieldsOf = (properties: INodeProperties[]): INodeProperties[] =>
  properties.flatMap((property) =>
    property.name === MORE ? (property.options as INodeProperties[]) : [property],
  );

/** Return the fields of the items of a list. */
const itemFields = (field: INodeProperties): INodeProperties[] => {
  const [first] = field.options ?? [];
  return first && 'values' in first ? first.values : [];
};

/** Return the labels of fields by key, those of line items too. */
export const labelsOf = (properties: INodeProperties[]): Labels =>
  Object.fromEntries(
    fieldsOf(properties).flatMap((field) => [
      [field.name, field.displayName],
      ...itemFields(field).map(({ name, displayName }) => [name, displayName]),
    ]),
  );

/** Return what was chosen or written in a resource locator; any other value as it is. */
export const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && '__rl' in value
    ? (value as { value?: unknown }).value
    : value;

const isEmpty = (value: unknown) =>
  value === undefined ||
  value === null ||
  value === '' ||
  (Array.isArray(value) && value.length === 0);

/** Return the input of an operation for one item: only what was filled in. */
export function inputOf(
  context: IExecuteFunctions,
  properties: INodeProperties[],
  itemIndex: number,
): IDataObject {
  const read = (field: INodeProperties, value: unknown): unknown => {
    if (field.type === 'json') return fromJson(field, value);
    if (field.type === 'dateTime') return inTime(value);
    if (field.type !== 'fixedCollection') return plain(value);
    const { entries, items } = (value ?? {}) as Record<string, IDataObject[]>;
    if (entries) return Object.fromEntries(entries.map(({ key, value: text }) => [key, text]));
    return (items ?? []).map((item) => readAll(itemFields(field), item));
  };

  const readAll = (fields: INodeProperties[], values: IDataObject): IDataObject =>
    Object.fromEntries(
      fields
        .filter(({ name }) => name in values && !CHOOSING.test(name))
        .map((field) => [field.name, read(field, values[field.name])])
        .filter(([, value]) => !isEmpty(value)),
    );

  const fromJson = (field: INodeProperties, value: unknown): unknown => {
    if (typeof value !== 'string' || !value.trim()) return value;
    try {
      return JSON.parse(value);
    } catch {
      throw new NodeOperationError(context.getNode(), `${field.displayName} is not JSON.`, {
        itemIndex,
      });
    }
  };

  /** A time without its zone is one of the workflow's. */
  const inTime = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null && 'toISO' in value) return String(value);
    if (typeof value !== 'string' || !LOCAL_TIME.test(value)) return value;
    const local = value.replace(' ', 'T');
    return context.evaluateExpression(`{{ DateTime.fromISO('${local}').toISO() }}`, itemIndex);
  };

  const typed = Object.fromEntries(
    properties.map(({ name }) => [name, context.getNodeParameter(name, itemIndex, undefined)]),
  ) as IDataObject;
  return readAll(fieldsOf(properties), { ...typed, ...(typed[MORE] as IDataObject | undefined) });
}
