// Calls to Unitwire, and what becomes of its errors:
//
//   401          n8n refreshes the token and repeats; if that is in vain, the person reconnects
//   422          the person sees each field that is wrong, by its label
//   429, 503     the person sees how long to wait; a repeat within the same run is safe
//   all others   the person sees Unitwire's sentence

import { NodeApiError } from 'n8n-workflow';
import type {
  IDataObject,
  IExecuteFunctions,
  IHookFunctions,
  IHttpRequestOptions,
  ILoadOptionsFunctions,
} from 'n8n-workflow';

import contract from './contract.json';

export const API_VERSION = contract.api_version;

type Context = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

export type Labels = Record<string, string>;

export interface Request {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the version of the API. */
  path: string;
  qs?: IDataObject;
  body?: IDataObject;
  headers?: IDataObject;
  /** The labels of the fields that the body was made from. */
  labels?: Labels;
  itemIndex?: number;
  /** Whether it is no fault if there is no such thing. */
  absent?: boolean;
}

interface Fault {
  pointer?: string;
  message?: string;
}

interface Answer {
  error?: { message?: string; details?: Fault[] };
}

/** What n8n throws: its own error, which keeps the answer, or that of its HTTP client. */
interface Thrown {
  message: string;
  httpCode?: string | null;
  context?: { data?: Answer };
  response?: { status?: number; data?: Answer };
}

const NEXT: Record<string, string> = {
  '401': 'Open the credential and connect Unitwire again.',
  '429': 'Wait a minute, or let n8n try again: the node setting is called Retry On Fail.',
};

const named = (pointer: string, labels: Labels) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => (/^[0-9]+$/.test(part) ? `${Number(part) + 1}` : (labels[part] ?? part)))
    .join(' ');

/** Return what the person is told of a refusal: Unitwire's sentence, and each field at fault. */
const told = (
  context: Context,
  { message, context: kept, response }: Thrown,
  httpCode: string,
  { labels = {}, itemIndex }: Request,
) => {
  const { error } = kept?.data ?? response?.data ?? {};
  const faults = (error?.details ?? []).map(
    (fault) => `${named(fault.pointer ?? '', labels)}: ${fault.message ?? ''}`,
  );
  const said = {
    message: error?.message ?? message,
    description: [...faults, NEXT[httpCode]].filter(Boolean).join('\n'),
  };
  return new NodeApiError(context.getNode(), said, { ...said, httpCode, itemIndex });
};

/**
 * Return the JSON that Unitwire answers; {} with `absent` if there is no such thing.
 * Throws a NodeApiError that says what to do.
 */
export async function call(context: Context, request: Request): Promise<IDataObject> {
  const { method = 'GET', path, qs, body, headers } = request;
  const { address } = await context.getCredentials<{ address: string }>('unitwireOAuth2Api');
  const options: IHttpRequestOptions = {
    method,
    url: `${address.trim().replace(/\/+$/, '')}/${API_VERSION}/${path}`,
    disableFollowRedirect: true,
    json: true,
    ...(qs ? { qs } : {}),
    ...(body ? { body } : {}),
    ...(headers ? { headers } : {}),
  };
  try {
    const ask = context.helpers.httpRequestWithAuthentication;
    return (await ask.call(context, 'unitwireOAuth2Api', options)) || {};
  } catch (caught) {
    const thrown = caught as Thrown;
    const httpCode = String(thrown.httpCode ?? thrown.response?.status ?? '');
    if (request.absent && ['404', '410'].includes(httpCode)) return {};
    throw told(context, thrown, httpCode, request);
  }
}
