// n8n's own linters: the one for community nodes, and the one for descriptions of nodes.

import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import nodesBase from 'eslint-plugin-n8n-nodes-base';
import tseslint from 'typescript-eslint';

const rulesOf = (name, ...without) => ({
  ...nodesBase.configs[name].rules,
  ...Object.fromEntries(without.map((rule) => [`n8n-nodes-base/${rule}`, 'off'])),
});

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**'] },
  {
    files: ['**/*.ts', '**/package.json'],
    extends: [n8nCommunityNodesPlugin.configs.recommended],
    plugins: { 'n8n-nodes-base': nodesBase },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { extraFileExtensions: ['.json'] },
    },
    rules: {
      // Who publishes the package says who they are, and where it and its documentation lie.
      '@n8n/community-nodes/valid-author': 'off',
      '@n8n/community-nodes/require-homepage': 'off',
      '@n8n/community-nodes/credential-documentation-url': 'off',
      // The icon has a ground of its own, so that one serves light and dark pages.
      '@n8n/community-nodes/icon-prefer-themed-variants': 'off',
    },
  },
  {
    files: ['**/package.json'],
    rules: rulesOf('community', 'community-package-json-author-missing'),
  },
  {
    files: ['**/credentials/**/*.ts'],
    rules: rulesOf(
      'credentials',
      'cred-class-field-documentation-url-missing',
      'cred-class-field-documentation-url-miscased', // wants the name of a page in n8n's own docs
    ),
  },
  {
    files: ['**/nodes/**/*.ts'],
    rules: rulesOf(
      'nodes',
      'node-class-description-inputs-wrong-regular-node', // older than NodeConnectionTypes
      'node-class-description-outputs-wrong', // the same
      'node-param-operation-option-action-miscased', // takes PDF for a miscased word
    ),
  },
  {
    files: ['**/lib/*.ts'],
    rules: { 'n8n-nodes-base/node-param-default-missing': 'off' }, // sees literals only
  },
);
