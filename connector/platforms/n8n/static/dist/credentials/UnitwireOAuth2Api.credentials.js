"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.UnitwireOAuth2Api = void 0;
const ADDRESS = '$self["address"].trim().replace(/\\/+$/, "")';
/** OAuth 2.0 with PKCE against the person's own Unitwire; n8n keeps state, verifier and tokens. */
class UnitwireOAuth2Api {
    name = 'unitwireOAuth2Api';
    extends = ['oAuth2Api'];
    displayName = 'Unitwire OAuth2 API';
    icon = 'file:../nodes/Unitwire/unitwire.svg';
    properties = [
        {
            displayName: 'Unitwire Address',
            name: 'address',
            type: 'string',
            required: true,
            default: '',
            placeholder: 'e.g. https://unitwire.example.com',
            description: 'Where your Unitwire runs. Whoever set it up knows the address.',
        },
        {
            displayName: 'Grant Type',
            name: 'grantType',
            type: 'hidden',
            default: 'pkce',
        },
        {
            displayName: 'Authorization URL',
            name: 'authUrl',
            type: 'hidden',
            default: `={{ ${ADDRESS} }}/oauth2/authorize`,
        },
        {
            displayName: 'Access Token URL',
            name: 'accessTokenUrl',
            type: 'hidden',
            default: `={{ ${ADDRESS} }}/oauth2/token`,
        },
        {
            displayName: 'Scope',
            name: 'scope',
            type: 'hidden',
            default: '',
        },
        {
            displayName: 'Auth URI Query Parameters',
            name: 'authQueryParameters',
            type: 'hidden',
            default: '',
        },
        {
            displayName: 'Authentication',
            name: 'authentication',
            type: 'hidden',
            default: 'header',
        },
    ];
    test = {
        request: {
            baseURL: '={{ $credentials.address.trim().replace(/\\/+$/, "") }}',
            url: '/oauth2/token/info',
        },
    };
}
exports.UnitwireOAuth2Api = UnitwireOAuth2Api;
