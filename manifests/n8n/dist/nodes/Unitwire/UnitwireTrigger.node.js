"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.UnitwireTrigger = void 0;
const n8n_workflow_1 = require("n8n-workflow");
const api_1 = require("./lib/api");
const events_json_1 = __importDefault(require("./lib/events.json"));
const signature_1 = require("./lib/signature");
const unwrap_1 = require("./lib/unwrap");
const isTest = (context) => context.getActivationMode() === 'manual';
/**
 * Which node of which workflow it is: its endpoint is used again when the workflow is activated
 * again. A test has one of its own, beside the one of the active workflow.
 */
const externalId = (context) => [context.getWorkflow().id, context.getNode().id, ...(isTest(context) ? ['test'] : [])].join(':');
const eventTypes = (context) => context.getNodeParameter('events');
const sameSet = (some, others) => some.length === others.length && some.every((each) => others.includes(each));
const endpointIn = (answer) => answer.endpoint;
/** An endpoint that existed already does not tell its secret: it gets a new one. */
const newSecret = async (context, path) => endpointIn(await (0, api_1.call)(context, { method: 'POST', path: `${path}/rotate_secret` }))?.secret;
class UnitwireTrigger {
    description = {
        displayName: 'Unitwire Trigger',
        name: 'unitwireTrigger',
        icon: 'file:unitwire.svg',
        group: ['trigger'],
        version: 1,
        subtitle: '={{ $parameter["events"].join(", ") }}',
        description: 'Starts the workflow when something happens in Stora, the self-storage software',
        defaults: { name: 'Unitwire Trigger' },
        inputs: [],
        outputs: [n8n_workflow_1.NodeConnectionTypes.Main],
        credentials: [{ name: 'unitwireOAuth2Api', required: true }],
        webhooks: [
            { name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' },
        ],
        properties: [
            {
                displayName: 'Events',
                name: 'events',
                type: 'multiOptions',
                required: true,
                default: [],
                options: events_json_1.default,
                description: 'What the workflow starts with: one or several of the events of Stora',
            },
            {
                displayName: 'Simplify',
                name: 'simplify',
                type: 'boolean',
                default: true,
                description: 'Whether to return a simplified version of the response instead of the raw data',
            },
            {
                displayName: 'Send Sample When Testing',
                name: 'sample',
                type: 'boolean',
                default: true,
                description: 'Whether a test of this step gets a sample of the first event at once, instead of waiting until it happens',
            },
        ],
    };
    webhookMethods = {
        default: {
            async checkExists() {
                const { id, secret } = this.getWorkflowStaticData('node');
                if (!id || !secret)
                    return false;
                const path = `webhook_endpoints/${id}`;
                const endpoint = endpointIn(await (0, api_1.call)(this, { path, absent: true }));
                return (endpoint !== undefined &&
                    endpoint.url === this.getNodeWebhookUrl('default') &&
                    endpoint.status === 'enabled' &&
                    sameSet(endpoint.event_types, eventTypes(this)));
            },
            async create() {
                const body = {
                    name: `n8n: ${this.getWorkflow().name ?? this.getNode().name}`.slice(0, 255),
                    api_version: api_1.API_VERSION,
                    url: this.getNodeWebhookUrl('default'),
                    event_types: eventTypes(this),
                    metadata: { external_id: externalId(this) },
                };
                const made = await (0, api_1.call)(this, { method: 'POST', path: 'webhook_endpoints', body });
                const endpoint = endpointIn(made);
                const path = `webhook_endpoints/${endpoint.id}`;
                const kept = this.getWorkflowStaticData('node');
                kept.id = endpoint.id;
                kept.secret = endpoint.secret ?? (await newSecret(this, path));
                if (isTest(this) && this.getNodeParameter('sample')) {
                    await (0, api_1.call)(this, { method: 'POST', path: `${path}/test` });
                }
                return true;
            },
            async delete() {
                const kept = this.getWorkflowStaticData('node');
                if (kept.id) {
                    await (0, api_1.call)(this, {
                        method: 'DELETE',
                        path: `webhook_endpoints/${kept.id}`,
                    });
                }
                delete kept.id;
                delete kept.secret;
                return true;
            },
        },
    };
    async webhook() {
        const { secret } = this.getWorkflowStaticData('node');
        const { rawBody } = this.getRequestObject();
        const header = this.getHeaderData()['x-stora-signature'];
        if (!rawBody || !(0, signature_1.isGenuine)(header, rawBody.toString('utf8'), String(secret ?? ''))) {
            this.getResponseObject().status(401).json({ message: 'The signature is wrong.' });
            return { noWebhookResponse: true };
        }
        const body = this.getBodyData();
        const item = this.getNodeParameter('simplify') ? (0, unwrap_1.unwrap)(body) : body;
        return { workflowData: [this.helpers.returnJsonArray(item)] };
    }
}
exports.UnitwireTrigger = UnitwireTrigger;
