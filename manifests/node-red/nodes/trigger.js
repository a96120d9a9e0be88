'use strict';

// The trigger: a webhook endpoint in Unitwire that lives as long as the node does.
//
// Starting makes the endpoint, or updates the one that this node already has. Restarting and
// deploying again keep it, so that what happens in between is sent later; only removing or
// disabling the node removes it. What arrives is verified before anything reads it.

const { isGenuine } = require('../lib/signature');
const { unwrap } = require('../lib/unwrap');
const { API_VERSION } = require('../lib/unitwire');

const ROUTE = 'unitwire/events';
const MAX_BODY = 2 * 1024 * 1024;
const REMEMBERED = 1000;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 5 * 60_000;
const MAX_NAME = 255;

const rawBody = async (request) => {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

module.exports = (RED) => {
  const listening = new Map(); // node and account → trigger
  let ready = false;
  RED.events.on('flows:started', () => {
    ready = true;
  });
  RED.events.on('flows:stopping', () => {
    ready = false;
  });

  const pathTo = (trigger) =>
    `/${RED.settings.httpNodeRoot || ''}/${ROUTE}/${trigger}`.replace(/\/+/g, '/');
  const place = (node) => `${node.id}/${node.account.id}`;

  const receive = async (request, response) => {
    const trigger = listening.get(`${request.params.node}/${request.params.account}`);
    // A trigger that is not there was removed, or has another account now; while flows are being
    // started it may yet come.
    if (!trigger) return response.status(ready ? 410 : 503).json({ received: false });
    const body = await rawBody(request);
    if (body === null) return response.status(413).json({ received: false });
    if (!trigger.secret) return response.status(503).json({ received: false });
    if (!isGenuine(request.get('X-Stora-Signature'), body, trigger.secret)) {
      return response.status(401).json({ received: false });
    }
    response.json({ received: true });
    return trigger.take(JSON.parse(body));
  };

  const route = (request, response) =>
    receive(request, response).catch((problem) => {
      RED.log.warn(`unitwire: ${problem.message}`);
      if (!response.headersSent) response.status(500).json({ received: false });
    });

  if (RED.httpNode) {
    // By default the editor's routes come first at the same root, and parse every JSON body. The
    // signature is made of the bytes as they came, so ours must not look like JSON to them.
    RED.server.prependListener('request', (request) => {
      if (request.method === 'POST' && request.url.startsWith(pathTo(''))) {
        request.headers['content-type'] = 'application/octet-stream';
      }
    });
    RED.httpNode.post(`/${ROUTE}/:node/:account`, route);
  }

  function Trigger(config) {
    RED.nodes.createNode(this, config);
    this.account = RED.nodes.getNode(config.account);
    const seen = new Set();
    let timer = null;
    let closed = false;
    let endpoint = null;
    let starting = Promise.resolve();

    const show = (fill, word, more = '') =>
      this.status({ fill, shape: 'dot', text: RED._(`trigger.${word}`) + more });

    /** Send one event into the flow, once, whatever number of times it arrives. */
    this.take = (delivered) => {
      const { id } = delivered.event;
      if (seen.has(id)) return;
      seen.add(id);
      if (seen.size > REMEMBERED) seen.delete(seen.values().next().value);
      const payload = unwrap(delivered);
      this.send({ topic: payload.type, payload, unitwire: { event: id } });
    };

    const wanted = () => {
      const workflow = RED.util.evaluateNodeProperty('NR_FLOW_NAME', 'env', this) || this.z;
      return {
        name: `${config.name || 'Node-RED'}: ${workflow}`.slice(0, MAX_NAME),
        api_version: API_VERSION,
        url: this.account.publicUrl + pathTo(place(this)),
        event_types: config.events,
        // With the host, because a flow that is copied to another Node-RED keeps its ids.
        metadata: {
          source: 'node-red',
          external_id: `${this.z}/${this.id}@${new URL(this.account.publicUrl).host}`,
        },
      };
    };

    const subscribe = async (pauseMs = FIRST_PAUSE_MS) => {
      try {
        show('yellow', 'subscribing');
        const below = `/${API_VERSION}/webhook_endpoints`;
        // Repeating is harmless: the same external id is the same endpoint.
        const made = await this.account.ask('POST', below, { body: wanted(), repeats: true });
        endpoint = made.endpoint.id;
        // The secret is told only when the endpoint is made; afterwards there has to be a new one.
        this.secret =
          made.endpoint.secret ??
          (await this.account.ask('POST', `${below}/${endpoint}/rotate_secret`)).endpoint.secret;
        show('green', 'listening');
      } catch (problem) {
        this.error(problem.message);
        show('red', problem.status === 401 ? 'signIn' : 'failed');
        if (closed || (problem.status >= 400 && problem.status < 500 && problem.status !== 429))
          return;
        timer = setTimeout(() => start(Math.min(pauseMs * 2, LONGEST_PAUSE_MS)), pauseMs);
      }
    };

    const start = (pauseMs) => {
      starting = subscribe(pauseMs);
    };

    /** Send the newest real event of the first type into the flow, or a made-up one. */
    this.sample = async () => {
      const type = encodeURIComponent(config.events[0]);
      const below = `/${API_VERSION}/event_types/${type}/samples`;
      const { samples } = await this.account.ask('GET', below);
      const payload = unwrap(samples[0]);
      this.send({ topic: payload.type, payload, unitwire: { sample: true } });
    };

    this.on('close', async (removed, done) => {
      closed = true;
      clearTimeout(timer);
      if (this.account) listening.delete(place(this));
      await starting;
      if (removed && endpoint) {
        try {
          await this.account.ask('DELETE', `/${API_VERSION}/webhook_endpoints/${endpoint}`);
        } catch (problem) {
          this.warn(RED._('trigger.leftover', { endpoint, problem: problem.message }));
        }
      }
      done();
    });

    if (!this.account || !config.events?.length) return show('grey', 'incomplete');
    if (!this.account.publicUrl) return show('grey', 'noPublicUrl');
    listening.set(place(this), this);
    return start();
  }

  RED.nodes.registerType('unitwire-trigger', Trigger);

  const mayWrite = RED.auth.needsPermission('unitwire.write');
  RED.httpAdmin.post('/unitwire/triggers/:id/sample', mayWrite, async (request, response) => {
    const trigger = RED.nodes.getNode(request.params.id);
    if (trigger?.type !== 'unitwire-trigger') return response.sendStatus(404);
    try {
      await trigger.sample();
      return response.sendStatus(204);
    } catch (problem) {
      return response.status(502).json({ message: problem.message });
    }
  });
};
