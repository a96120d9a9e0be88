"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.Unitwire = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const actions_1 = __importDefault(require("./actions"));
const api_1 = require("./lib/api");
const choices_1 = require("./lib/choices");
const form_1 = require("./lib/form");
const OPERATIONS = new Map(actions_1.default.flatMap(({ operations }) => operations.map((operation) => [operation.value, operation])));
/** What Unitwire is told of the workflow; a repeat within the same run gets the first answer. */
const headersOf = (context, itemIndex) => {
    const { id, name } = context.getWorkflow();
    const { $runIndex: round } = context.getWorkflowDataProxy(itemIndex);
    const run = [context.getExecutionId(), context.getNode().id, round, itemIndex];
    return {
        ...(context.getExecutionId() ? { 'Idempotency-Key': `n8n:${run.join(':')}` } : {}),
        ...(id ? { 'Unitwire-Workflow-Id': id } : {}),
        ...(name ? { 'Unitwire-Workflow-Name': encodeURIComponent(name) } : {}),
    };
};
const binaryOf = async (context, files) => Object.fromEntries(await Promise.all(files.map(async ({ name, content_type: type, content }, place) => [
    place ? `data_${place}` : 'data',
    await context.helpers.prepareBinaryData(Buffer.from(content, 'base64'), name, type),
])));
/** Carry out the operation for one item; return what the next node gets. */
const carryOut = async (context, { value: key, answer: shape, properties }, itemIndex) => {
    const { meta, files, ...answer } = await (0, api_1.call)(context, {
        method: 'POST',
        path: `actions/${key}`,
        body: (0, form_1.inputOf)(context, properties, itemIndex),
        headers: headersOf(context, itemIndex),
        labels: (0, form_1.labelsOf)(properties),
        itemIndex,
    });
    const pairedItem = { item: itemIndex };
    const binary = files ? { binary: await binaryOf(context, files) } : {};
    if (shape.many) {
        const flat = answer.flat;
        return answer[shape.many].map((item, place) => ({
            json: { ...item, flat: flat[place] ?? {} },
            ...binary,
            pairedItem,
        }));
    }
    if (!shape.one)
        return [{ json: answer, ...binary, pairedItem }];
    const { [shape.one]: resource, ...more } = answer;
    return [{ json: { ...resource, ...more }, ...binary, pairedItem }];
};
class Unitwire {
    description = {
        displayName: 'Unitwire',
        name: 'unitwire',
        icon: 'file:unitwire.svg',
        group: ['transform'],
        version: 1,
        subtitle: '={{ $parameter["operation"].replaceAll("_", " ") }}',
        description: 'Do and look up things in Stora, the self-storage software',
        defaults: { name: 'Unitwire' },
        usableAsTool: true,
        inputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        credentials: [{ name: 'unitwireOAuth2Api', required: true }],
        properties: (0, form_1.propertiesOf)(actions_1.default),
    };
    methods = { listSearch: choices_1.listSearch };
    async execute() {
        const items = this.getInputData();
        const done = [];
        for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
            try {
                const key = this.getNodeParameter('operation', itemIndex);
                const operation = OPERATIONS.get(key);
                if (!operation) {
                    throw new n8n_workflow_1.NodeOperationError(this.getNode(), `There is no operation ${key}.`, {
                        itemIndex,
                    });
                }
                done.push(...(await carryOut(this, operation, itemIndex)));
            }
            catch (thrown) {
                if (!this.continueOnFail()) {
                    throw new n8n_workflow_1.NodeApiError(this.getNode(), thrown, { itemIndex });
                }
                const { message, description } = thrown;
                const json = { error: message };
                if (description)
                    json.description = description;
                done.push({ json, pairedItem: { item: itemIndex } });
            }
        }
        return [done];
    }
}
exports.Unitwire = Unitwire;
