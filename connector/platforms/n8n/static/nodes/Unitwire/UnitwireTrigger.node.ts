import { NodeConnectionTypes } from 'n8n-workflow';
import type {
  IDataObject,
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow';

import { API_VERSION, call } from './lib/api';
import events from './lib/events.json';
import { isGenuine } from './lib/signature';
import { unwrap } from './lib/unwrap';

/** A webhook endpoint as Unitwire answers it. */
interface Endpoint {
  id: string;
  url: string;
  status: string;
  event_types: string[];
  secret?: string;
}

const isTest = (context: IHookFunctions) => context.getActivationMode() === 'manual';

/**
 * Which node of which workflow it is: its endpoint is used again when the workflow is activated
 * again. A test has one of its own, beside the one of the active workflow.
 */
const externalId = (context: IHookFunctions) =>
  [context.getWorkflow().id, context.getNode().id, ...(isTest(context) ? ['test'] : [])].join(':');

const eventTypes = (context: IHookFunctions) => context.getNodeParameter('events') as string[];

const sameSet = (some: string[], others: string[]) =>
  some.length === others.length && some.every((each) => others.includes(each));

const endpointIn = (answer: IDataObject) => answer.endpoint as unknown as Endpoint | undefined;

/** An endpoint that existed already does not tell its secret: it gets a new one. */
const newSecret = async (context: IHookFunctions, path: string) =>
  endpointIn(await call(context, { method: 'POST', path: `${path}/rotate_secret` }))?.secret;

export class UnitwireTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Unitwire Trigger',
    name: 'unitwireTrigger',
    icon: 'file:unitwire.svg',
    group: ['trigger'],
    version: 1,
    subtitle: '={{ $parameter["events"].join(", ") }}',
    description: 'Starts the workflow when something happens in Stora, the self-storage software',
    defaults: { name: 'Unitwire Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
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
        options: events,
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
        description:
          'Whether a test of this step gets a sample of the first event at once, instead of waiting until it happens',
      },
    ],
  };

  webhookMethods = {
    default: {
      async checkExists(this: IHookFunctions): Promise<boolean> {
        const { id, secret } = this.getWorkflowStaticData('node');
        if (!id || !secret) return false;
        const path = `webhook_endpoints/${id as string}`;
        const endpoint = endpointIn(await call(this, { path, absent: true }));
        return (
          endpoint !== undefined &&
          endpoint.url === this.getNodeWebhookUrl('default') &&
          endpoint.status === 'enabled' &&
          sameSet(endpoint.event_types, eventTypes(this))
        );
      },

      async create(this: IHookFunctions): Promise<boolean> {
        const body = {
          name: `n8n: ${this.getWorkflow().name ?? this.getNode().name}`.slice(0, 255),
          api_version: API_VERSION,
          url: this.getNodeWebhookUrl('default'),
          event_types: eventTypes(this),
          metadata: { external_id: externalId(this) },
        };
        const made = await call(this, { method: 'POST', path: 'webhook_endpoints', body });
        const endpoint = endpointIn(made) as Endpoint;
        const path = `webhook_endpoints/${endpoint.id}`;
        const kept = this.getWorkflowStaticData('node');
        kept.id = endpoint.id;
        kept.secret = endpoint.secret ?? (await newSecret(this, path));
        if (isTest(this) && this.getNodeParameter('sample')) {
          await call(this, { method: 'POST', path: `${path}/test` });
        }
        return true;
      },

      async delete(this: IHookFunctions): Promise<boolean> {
        const kept = this.getWorkflowStaticData('node');
        if (kept.id) {
          await call(this, {
            method: 'DELETE',
            path: `webhook_endpoints/${kept.id as string}`,
          });
        }
        delete kept.id;
        delete kept.secret;
        return true;
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    const { secret } = this.getWorkflowStaticData('node');
    const { rawBody } = this.getRequestObject();
    const header = this.getHeaderData()['x-stora-signature'];
    if (!rawBody || !isGenuine(header, rawBody.toString('utf8'), String(secret ?? ''))) {
      this.getResponseObject().status(401).json({ message: 'The signature is wrong.' });
      return { noWebhookResponse: true };
    }
    const body = this.getBodyData();
    const item = this.getNodeParameter('simplify') ? unwrap(body) : body;
    return { workflowData: [this.helpers.returnJsonArray(item)] };
  }
}
