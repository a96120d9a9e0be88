'use strict';

// Actions and searches: both fill in a form from the message, and let Unitwire carry it out.

const { randomUUID } = require('node:crypto');

const { actions } = require('../resources/catalogue.json');
const { API_VERSION } = require('./unitwire');

const ACTION = new Map(actions.map((action) => [action.key, action]));
const LITERAL = new Set(['str', 'choice']);
const ONLY_NARROWS = /^choose_/; // a field that narrows the choices of another, and is not sent

const isEmpty = (value) => value === undefined || value === null || value === '';

/** Return the form filled in: each field is a value, or says where in the message it is. */
const filledIn = async (RED, node, fields, msg) => {
  const form = {};
  for (const [key, { v, t }] of Object.entries(fields ?? {})) {
    if (ONLY_NARROWS.test(key) || isEmpty(v)) continue;
    const value = LITERAL.has(t) ? v : await evaluated(RED, node, v, t, msg);
    if (!isEmpty(value)) form[key] = value;
  }
  return form;
};

const evaluated = (RED, node, v, t, msg) =>
  new Promise((done, fail) => {
    RED.util.evaluateNodeProperty(v, t, node, msg, (problem, value) =>
      problem ? fail(problem) : done(value),
    );
  });

/** Return what a message brings of an answer: all but `meta`, its files as buffers. */
const brought = (answer) => {
  const payload = { ...answer };
  delete payload.meta;
  for (const file of payload.files ?? []) file.content = Buffer.from(file.content, 'base64');
  return payload;
};

/** Register the node `type`, which carries out actions of the `kind`. */
const register = (RED, type, kind) => {
  function Runner(config) {
    RED.nodes.createNode(this, config);
    this.account = RED.nodes.getNode(config.account);
    const action = ACTION.get(config.action);
    if (!this.account || action?.kind !== kind) {
      this.status({ fill: 'grey', shape: 'dot', text: RED._(`${kind}.incomplete`) });
      return;
    }

    const headersFor = (msg) => {
      const flow = RED.util.evaluateNodeProperty('NR_FLOW_NAME', 'env', this);
      return {
        'Unitwire-Workflow-Id': this.z,
        ...(flow ? { 'Unitwire-Workflow-Name': encodeURIComponent(flow) } : {}),
        // An event that arrives a second time is the same run, so it does nothing twice.
        ...(msg.unitwire?.event ? { 'Unitwire-Run-Id': `${msg.unitwire.event}/${this.id}` } : {}),
      };
    };

    this.on('input', async (msg, send, done) => {
      try {
        this.status({ fill: 'blue', shape: 'dot', text: RED._(`${kind}.running`) });
        const headers = headersFor(msg);
        const answer = await this.account.ask('POST', `/${API_VERSION}/actions/${action.key}`, {
          body: await filledIn(RED, this, config.fields, msg),
          headers,
          ...(headers['Unitwire-Run-Id'] ? { repeats: true } : { key: randomUUID() }),
        });
        const { request_id, timeline } = answer.meta ?? {};
        msg.unitwire = { ...msg.unitwire, request_id, ...(timeline ? { timeline } : {}) };
        msg.payload = brought(answer);
        this.status({});
        send(msg);
        done();
      } catch (problem) {
        const word = problem.status === 401 ? 'signIn' : 'failed';
        this.status({ fill: 'red', shape: 'dot', text: RED._(`${kind}.${word}`) });
        done(problem);
      }
    });
  }

  RED.nodes.registerType(type, Runner);
};

module.exports = { register };
