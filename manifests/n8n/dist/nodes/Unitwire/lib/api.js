"use strict";
// Calls to Unitwire, and what becomes of its errors:
//
//   401          n8n refreshes the token and repeats; if that is in vain, the person reconnects
//   422          the person sees each field that is wrong, by its label
//   429, 503     the person sees how long to wait; a repeat within the same run is safe
//   all others   the person sees Unitwire's sentence
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.API_VERSION = void 0;
exports.call = call;
const n8n_workflow_1 = require("n8n-workflow");
const contract_json_1 = __importDefault(require("./contract.json"));
exports.API_VERSION = contract_json_1.default.api_version;
const NEXT = {
    '401': 'Open the credential and connect Unitwire again.',
    '429': 'Wait a minute, or let n8n try again: the node setting is called Retry On Fail.',
};
const named = (pointer, labels) => pointer
    .split('/')
    .slice(1)
    .map((part) => (/^[0-9]+$/.test(part) ? `${Number(part) + 1}` : (labels[part] ?? part)))
    .join(' ');
/** Return what the person is told of a refusal: Unitwire's sentence, and each field at fault. */
const told = (context, { message, context: kept, response }, httpCode, { labels = {}, itemIndex }) => {
    const { error } = kept?.data ?? response?.data ?? {};
    const faults = (error?.details ?? []).map((fault) => `${named(fault.pointer ?? '', labels)}: ${fault.message ?? ''}`);
    const said = {
        message: error?.message ?? message,
        description: [...faults, NEXT[httpCode]].filter(Boolean).join('\n'),
    };
    return new n8n_workflow_1.NodeApiError(context.getNode(), said, { ...said, httpCode, itemIndex });
};
/**
 * Return the JSON that Unitwire answers; {} with `absent` if there is no such thing.
 * Throws a NodeApiError that says what to do.
 */
async function call(context, request) {
    const { method = 'GET', path, qs, body, headers } = request;
    const { address } = await context.getCredentials('unitwireOAuth2Api');
    const options = {
        method,
        url: `${address.trim().replace(/\/+$/, '')}/${exports.API_VERSION}/${path}`,
        disableFollowRedirect: true,
        json: true,
        ...(qs ? { qs } : {}),
        ...(body ? { body } : {}),
        ...(headers ? { headers } : {}),
    };
    try {
        const ask = context.helpers.httpRequestWithAuthentication;
        return (await ask.call(context, 'unitwireOAuth2Api', options)) || {};
    }
    catch (caught) {
        const thrown = caught;
        const httpCode = String(thrown.httpCode ?? thrown.response?.status ?? '');
        if (request.absent && ['404', '410'].includes(httpCode))
            return {};
        throw told(context, thrown, httpCode, request);
    }
}
