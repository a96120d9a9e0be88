import { NodeApiError, NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';
import type {
  IBinaryKeyData,
  IDataObject,
  IExecuteFunctions,
  INodeExecutionData,
  INodeType,
  INodeTypeDescription,
  JsonObject,
} from 'n8n-workflow';

import groups from './actions';
import { call } from './lib/api';
import { listSearch } from './lib/choices';
import { inputOf, labelsOf, propertiesOf } from './lib/form';
import type { Operation } from './lib/form';

interface File {
  name: string;
  content_type: string;
  content: string;
}

const OPERATIONS = new Map(
  groups.flatMap(({ operations }) => operations.map((operation) => [operation.value, operation])),
);

/** What Unitwire is told of the workflow; a repeat within the same run gets the first answer. */
const headersOf = (context: IExecuteFunctions, itemIndex: number): IDataObject => {
  const { id, name } = context.getWorkflow();
  const { $runIndex: round } = context.getWorkflowDataProxy(itemIndex);
  const run = [context.getExecutionId(), context.getNode().id, round, itemIndex];
  return {
    ...(context.getExecutionId() ? { 'Idempotency-Key': `n8n:${run.join(':')}` } : {}),
    ...(id ? { 'Unitwire-Workflow-Id': id } : {}),
    ...(name ? { 'Unitwire-Workflow-Name': encodeURIComponent(name) } : {}),
  };
};

const binaryOf = async (context: IExecuteFunctions, files: File[]): Promise<IBinaryKeyData> =>
  Object.fromEntries(
    await Promise.all(
      files.map(async ({ name, content_type: type, content }, place) => [
        place ? `data_${place}` : 'data',
        await context.helpers.prepareBinaryData(Buffer.from(content, 'base64'), name, type),
      ]),
    ),
  );

/** Carry out the operation for one item; return what the next node gets. */
const carryOut = async (
  context: IExecuteFunctions,
  { value: key, answer: shape, properties }: Operation,
  itemIndex: number,
): Promise<INodeExecutionData[]> => {
  const { meta, files, ...answer } = await call(context, {
    method: 'POST',
    path: `actions/${key}`,
    body: inputOf(context, properties, itemIndex),
    headers: headersOf(context, itemIndex),
    labels: labelsOf(properties),
    itemIndex,
  });
  const pairedItem = { item: itemIndex };
  const binary = files ? { binary: await binaryOf(context, files as unknown as File[]) } : {};
  if (shape.many) {
    const flat = answer.flat as IDataObject[];
    return (answer[shape.many] as IDataObject[]).map((item, place) => ({
      json: { ...item, flat: flat[place] ?? {} },
      ...binary,
      pairedItem,
    }));
  }
  if (!shape.one) return [{ json: answer, ...binary, pairedItem }];
  const { [shape.one]: resource, ...more } = answer;
  return [{ json: { ...(resource as IDataObject), ...more }, ...binary, pairedItem }];
};

export class Unitwire implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Unitwire',
    name: 'unitwire',
    icon: 'file:unitwire.svg',
    group: ['transform'],
    version: 1,
    subtitle: '={{ $parameter["operation"].replaceAll("_", " ") }}',
    description: 'Do and look up things in Stora, the self-storage software',
    defaults: { name: 'Unitwire' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'unitwireOAuth2Api', required: true }],
    properties: propertiesOf(groups),
  };

  methods = { listSearch };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const items = this.getInputData();
    const done: INodeExecutionData[] = [];
    for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
      try {
        const key = this.getNodeParameter('operation', itemIndex) as string;
        const operation = OPERATIONS.get(key);
        if (!operation) {
          throw new NodeOperationError(this.getNode(), `There is no operation ${key}.`, {
            itemIndex,
          });
        }
        done.push(...(await carryOut(this, operation, itemIndex)));
      } catch (thrown) {
        if (!this.continueOnFail()) {
          throw new NodeApiError(this.getNode(), thrown as JsonObject, { itemIndex });
        }
        const { message, description } = thrown as JsonObject;
        const json: IDataObject = { error: message as string };
        if (description) json.description = description as string;
        done.push({ json, pairedItem: { item: itemIndex } });
      }
    }
    return [done];
  }
}
