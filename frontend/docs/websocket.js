// Makes the page of the WebSocket from the AsyncAPI document: how a socket is opened, each frame, and what closes it.

/**
 * An element with attributes and children; text is always text, whatever it holds.
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function make(name, attributes = {}, children = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Text with `code` and links to the headings below. @param {string} text */
const makeInline = (text) =>
  text.split(/(`[^`]*`)/).map((part) => (part.startsWith('`') ? make('code', {}, [part.slice(1, -1)]) : part));

/** @param {string[][]} rows */
function makeTable([head = [], ...rows]) {
  const lineOf = (cells, tag) =>
    make(
      'tr',
      {},
      cells.map((cell) => make(tag, {}, makeInline(cell))),
    );
  const top = make('thead', {}, [lineOf(head, 'th')]);
  const body = make(
    'tbody',
    {},
    rows.map((row) => lineOf(row, 'td')),
  );
  return make('div', { class: 'wide' }, [make('table', {}, [top, body])]);
}

/** The Markdown that the document's description is written in: headings, lists, tables and paragraphs. @param {string} text */
function* makeBlocks(text) {
  for (const block of text.split(/\n\n+/)) {
    const lines = block.split('\n');
    if (block.startsWith('## ')) yield make('h2', {}, [block.slice(3)]);
    else if (block.startsWith('- '))
      yield make(
        'ul',
        {},
        lines.map((line) => make('li', {}, makeInline(line.replace(/^- /, '')))),
      );
    else if (block.startsWith('|')) {
      const rows = lines.filter((line) => !/^\|[-|]+\|$/.test(line));
      yield makeTable(
        rows.map((line) =>
          line
            .slice(1, -1)
            .split('|')
            .map((cell) => cell.trim()),
        ),
      );
    } else yield make('p', {}, makeInline(lines.join(' ')));
  }
}

/** What a field may hold, in a few words. */
function typeOf(schema) {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(', ');
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`;
  return [schema.type].flat().filter(Boolean).join(' or ') || 'anything';
}

/** @param {{ properties?: object, required?: string[] }} schema */
function makeFieldTable({ properties = {}, required = [] }) {
  const rows = Object.entries(properties).map(([name, field]) => [
    `\`${name}\``,
    typeOf(field),
    required.includes(name) ? 'always' : 'may be absent',
    field.description ?? '',
  ]);
  return makeTable([['field', 'holds', '', ''], ...rows]);
}

function makeMessage({ name, summary, description, tags = [], payload, examples = [] }) {
  const marks = tags.map((tag) => make('span', { class: 'tag' }, [tag.name]));
  const schemas = payload.properties ? [payload] : (payload.anyOf ?? payload.oneOf ?? []);
  return make('section', { id: `frame-${name}` }, [
    make('h3', {}, [make('code', {}, [name]), ...marks]),
    make('p', {}, makeInline(summary)),
    ...(description ? [make('p', {}, makeInline(description))] : []),
    ...schemas.map(makeFieldTable),
    ...examples.map((example) => make('pre', {}, [JSON.stringify(example.payload, null, 2)])),
  ]);
}

/** The messages that one side says, in the order of the document. */
function listMessages(document, action) {
  const names = Object.values(document.operations)
    .filter((operation) => operation.action === action)
    .flatMap(({ messages }) => messages.map(({ $ref }) => $ref.split('/').at(-1)));
  return [...new Set(names)].map((name) => document.components.messages[name]);
}

function makePage(document) {
  const { session } = document.channels;
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${session.address}`;
  return [
    make('h1', {}, ['WebSocket']),
    make('pre', {}, [`${address}?token=…`]),
    ...makeBlocks(document.info.description),
    make('h2', {}, ['The query of the URL']),
    make('p', {}, makeInline(session.description)),
    makeFieldTable(session.bindings.ws.query),
    make('h2', {}, ['What a client says']),
    ...listMessages(document, 'receive').map(makeMessage),
    make('h2', {}, ['What a client hears']),
    ...listMessages(document, 'send').map(makeMessage),
  ];
}

const page = document.querySelector('#protocol');
try {
  const answer = await fetch('/asyncapi.json');
  if (!answer.ok) throw new Error(`The engine answered ${answer.status}.`);
  page?.replaceChildren(...makePage(await answer.json()));
} catch (error) {
  page?.replaceChildren(make('p', { role: 'alert' }, [`The document could not be shown: ${error}`]));
}
page?.setAttribute('aria-busy', 'false');
