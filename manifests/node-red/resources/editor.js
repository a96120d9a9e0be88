'use strict';

// What the nodes' edit forms share: the catalogue, the list of events, the fields of an action.

// eslint-disable-next-line no-unused-vars
const unitwire = (() => {
  const PACKAGE = '@unitwire/node-red';
  const ANYWHERE = ['msg', 'flow', 'global', 'jsonata', 'env'];
  const TYPES = {
    boolean: 'bool',
    decimal: 'num',
    integer: 'num',
    list: 'json',
    metadata: 'json',
    number: 'num',
    object: 'json',
  };

  let loading = null;

  /** Return the catalogue: {events, actions}. */
  const catalogue = () => {
    loading ??= Promise.resolve($.getJSON(`resources/${PACKAGE}/catalogue.json`));
    return loading;
  };

  const send = (method, below, body) =>
    new Promise((done, fail) => {
      $.ajax({
        method,
        url: `unitwire/${below}`,
        contentType: 'application/json',
        data: body && JSON.stringify(body),
      })
        .done(done)
        .fail((told) => fail(new Error(told.responseJSON?.message ?? told.statusText)));
    });

  const post = (below, body) => send('POST', below, body ?? {});

  const redirectUri = () =>
    new URL('unitwire/callback', window.location.href.split(/[?#]/)[0]).href;

  const newKey = () =>
    [...crypto.getRandomValues(new Uint8Array(32))]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('');

  // ---- events ----------------------------------------------------------------------------------

  /** Show all events in `place`, by group, those in `chosen` ticked; `find` narrows the list. */
  const eventList = async (place, find, chosen) => {
    const { events } = await catalogue();
    const groups = events.map(({ group, items }) => ({
      label: group,
      expanded: items.some(({ value }) => chosen.has(value)),
      children: items.map(({ value, label, help }) => ({
        id: value,
        label,
        element: $('<span>').text(label).attr('title', help),
        checkbox: true,
        selected: chosen.has(value),
      })),
    }));
    place.css({ height: 260 }).treeList({ data: groups });
    place.on('treelistselect', (_event, item) => {
      if (item.children) return;
      if (item.selected) chosen.add(item.id);
      else chosen.delete(item.id);
    });
    find.on('input', () => {
      const words = find.val().toLowerCase().split(/\s+/);
      place.treeList('filter', (item) =>
        words.every((word) => `${item.label} ${item.id ?? ''}`.toLowerCase().includes(word)),
      );
    });
  };

  // ---- actions and searches --------------------------------------------------------------------

  /** Return what a field can be filled with, the usual way first. */
  const typesOf = (field, choicesOf) => {
    if (field.sources) {
      return [
        { value: 'choice', label: '', icon: 'fa fa-list', autoComplete: choicesOf },
        ...ANYWHERE,
      ];
    }
    if (field.choices && field.kind === 'choice') {
      const options = field.choices.map(({ value, label }) => ({ value, label }));
      const some = { value: 'choice', label: '', options: [{ value: '', label: '–' }, ...options] };
      return field.closed ? [some, ...ANYWHERE] : [some, 'str', ...ANYWHERE];
    }
    return [TYPES[field.kind] ?? 'str', ...ANYWHERE];
  };

  /** Return what looks up the choices of `field`, narrowed by what is filled in beside it. */
  const lookUp = (field, accountId, beside) => async (typed, done) => {
    const asked = field.sources.map(({ picklist, search, narrow = {} }) => {
      const query = new URLSearchParams(picklist ? { picklist } : { search });
      if (typed) query.set('q', typed);
      for (const [filter, key] of Object.entries(narrow)) {
        const { v, t } = beside()[key] ?? {};
        if (t === 'choice' && v) query.set(filter, v);
      }
      return send('GET', `accounts/${accountId()}/choices?${query}`);
    });
    const found = await Promise.allSettled(asked);
    const failed = found.find(({ status }) => status === 'rejected');
    if (failed) RED.notify(failed.reason.message, 'warning');
    const items = found.flatMap(({ value = [] }) => value);
    done(
      items.map(({ value, label }, i) => ({
        value,
        label: $('<div>').append($('<div>').text(label), $('<small>').text(value)),
        i,
      })),
    );
  };

  /** Show the fields of `action` in `place`, filled in with `fields`; returns what reads them. */
  const form = (place, action, fields, accountId) => {
    const inputs = {};
    const read = () =>
      Object.fromEntries(
        Object.entries(inputs)
          .map(([key, input]) => [
            key,
            { v: input.typedInput('value'), t: input.typedInput('type') },
          ])
          .filter(([, { v }]) => v !== ''),
      );
    place.empty();
    for (const field of action.fields) {
      const row = $('<div class="form-row">').appendTo(place);
      const label = $('<label>').text(field.label + (field.required ? ' *' : ''));
      const input = $('<input type="text" style="width: 70%">').attr('placeholder', field.example);
      row.append(label.attr('title', field.help), input);
      const types = typesOf(field, field.sources && lookUp(field, accountId, read));
      input.typedInput({ default: types[0].value ?? types[0], types });
      const filled = fields[field.key];
      if (filled) {
        input.typedInput('type', filled.t);
        input.typedInput('value', filled.v);
      } else {
        input.typedInput('value', '');
      }
      $('<div style="margin-left: 105px; opacity: 0.7">').text(field.help).appendTo(row);
      inputs[field.key] = input;
    }
    return read;
  };

  /** Register the node `type`, which carries out actions of the `kind`. */
  const registerRunner = (type, kind) => {
    RED.nodes.registerType(type, {
      category: 'Stora',
      color: '#4f8a8b',
      icon: 'unitwire.svg',
      defaults: {
        name: { value: '' },
        account: { type: 'unitwire-account', required: true },
        action: { value: '', required: true },
        fields: { value: {} },
      },
      inputs: 1,
      outputs: 1,
      label() {
        return this.name || this.action.replaceAll('_', ' ') || this._(`${kind}.label`);
      },
      labelStyle() {
        return this.name ? 'node_label_italic' : '';
      },
      paletteLabel: kind,
      async oneditprepare() {
        const { actions } = await catalogue();
        const select = $('#node-input-action');
        const place = $('.unitwire-fields');
        for (const { key, label, kind: other } of actions) {
          if (other === kind) select.append($('<option>').val(key).text(label));
        }
        select.val(this.action || select.find('option').first().val());
        const show = () => {
          const action = actions.find(({ key }) => key === select.val());
          $('.unitwire-help').text(action.help);
          this.read = form(place, action, action.key === this.action ? this.fields : {}, () =>
            $('#node-input-account').val(),
          );
        };
        select.on('change', show);
        show();
      },
      oneditsave() {
        this.fields = this.read();
      },
    });
  };

  return { eventList, newKey, post, redirectUri, registerRunner };
})();
