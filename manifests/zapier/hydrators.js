'use strict';

// Files are fetched when a later step of the Zap uses them, and not before.

const { act } = require('./lib/api');

/** Return where Zapier keeps the file of a search such as `get_invoice_pdf`. */
const file = async (z, bundle) => {
  const { files } = await act(z, bundle, bundle.inputData.key, bundle.inputData.input);
  const [{ name, content_type: type, content }] = files;
  const bytes = Buffer.from(content, 'base64');
  return z.stashFile(bytes, bytes.length, name, type);
};

module.exports = { file };
