"use strict";
// Forms: which fields are shown for which operation, and what is in them as Unitwire takes it.
Object.defineProperty(exports, "__esModule", { value: true });
exports.plain = exports.labelsOf = exports.propertiesOf = exports.MORE = void 0;
exports.inputOf = inputOf;
const n8n_workflow_1 = require("n8n-workflow");
/** The name of the collection of what need not be filled in. */
exports.MORE = 'more';
const CHOOSING = /^choose_/; // fields that only narrow the choices of others
const LOCAL_TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$/;
/** Return the properties of the node: resource, operation, and the fields of each operation. */
const propertiesOf = (groups) => [
    {
        displayName: 'Resource',
        name: 'resource',
        type: 'options',
        noDataExpression: true,
        options: groups.map(({ resource }) => resource),
        default: 'contact',
    },
    ...groups.map(({ resource, operations }) => ({
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
    })),
    ...groups.flatMap(({ resource, operations }) => operations.flatMap(({ value, properties }) => properties.map((property) => ({
        ...property,
        displayOptions: { show: { resource: [resource.value], operation: [value] } },
    })))),
];
exports.propertiesOf = propertiesOf;
/** Return all fields of a form with those in its collection. */
const fieldsOf = (properties) => properties.flatMap((property) => property.name === exports.MORE ? property.options : [property]);
/** Return the fields of the items of a list. */
const itemFields = (field) => {
    const [first] = field.options ?? [];
    return first && 'values' in first ? first.values : [];
};
/** Return the labels of fields by key, those of line items too. */
const labelsOf = (properties) => Object.fromEntries(fieldsOf(properties).flatMap((field) => [
    [field.name, field.displayName],
    ...itemFields(field).map(({ name, displayName }) => [name, displayName]),
]));
exports.labelsOf = labelsOf;
/** Return what was chosen or written in a resource locator; any other value as it is. */
const plain = (value) => typeof value === 'object' && value !== null && '__rl' in value
    ? value.value
    : value;
exports.plain = plain;
const isEmpty = (value) => value === undefined ||
    value === null ||
    value === '' ||
    (Array.isArray(value) && value.length === 0);
/** Return the input of an operation for one item: only what was filled in. */
function inputOf(context, properties, itemIndex) {
    const read = (field, value) => {
        if (field.type === 'json')
            return fromJson(field, value);
        if (field.type === 'dateTime')
            return inTime(value);
        if (field.type !== 'fixedCollection')
            return (0, exports.plain)(value);
        const { entries, items } = (value ?? {});
        if (entries)
            return Object.fromEntries(entries.map(({ key, value: text }) => [key, text]));
        return (items ?? []).map((item) => readAll(itemFields(field), item));
    };
    const readAll = (fields, values) => Object.fromEntries(fields
        .filter(({ name }) => name in values && !CHOOSING.test(name))
        .map((field) => [field.name, read(field, values[field.name])])
        .filter(([, value]) => !isEmpty(value)));
    const fromJson = (field, value) => {
        if (typeof value !== 'string' || !value.trim())
            return value;
        try {
            return JSON.parse(value);
        }
        catch {
            throw new n8n_workflow_1.NodeOperationError(context.getNode(), `${field.displayName} is not JSON.`, {
                itemIndex,
            });
        }
    };
    /** A time without its zone is one of the workflow's. */
    const inTime = (value) => {
        if (typeof value === 'object' && value !== null && 'toISO' in value)
            return String(value);
        if (typeof value !== 'string' || !LOCAL_TIME.test(value))
            return value;
        const local = value.replace(' ', 'T');
        return context.evaluateExpression(`{{ DateTime.fromISO('${local}').toISO() }}`, itemIndex);
    };
    const typed = Object.fromEntries(properties.map(({ name }) => [name, context.getNodeParameter(name, itemIndex, undefined)]));
    return readAll(fieldsOf(properties), { ...typed, ...typed[exports.MORE] });
}
