// The example of each operation, sent as it stands in the document to an engine that runs, is answered as the document says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestEngine, type TestEngine } from '../testing/engine.ts';
import { callAs, waitUntil } from '../testing/rest.ts';
import { developmentEnvironment } from '../testing/sign-in.ts';

type Content = Record<string, { example?: unknown } | undefined>;
type Operation = {
  operationId: string;
  tags: string[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
};
type Document = { paths: Record<string, Record<string, Operation>> };

const user = 'ada';
const adminKey = 'an admin key for tests';
const sessions = '/api/v1/sessions';
const webhooks = '/api/v1/webhooks';

let engine: TestEngine;
let document: Document;
before(async () => {
  // The host of the webhook's example has no address.
  const environment = {
    ADMIN_KEY: adminKey,
    ...developmentEnvironment, // A name signs in.
    ENCRYPTION_KEY: 'a key for tests',
    WEBHOOK_ALLOWED_HOSTS: 'hooks.example.com',
  };
  engine = await startTestEngine({ environment });
  document = (await (await fetch(`${engine.http}/openapi.json`)).json()) as Document;
});
after(() => engine?.close());

const call = <Body>(method: string, path: string, body?: unknown) =>
  callAs<Body>(engine, user, method, path, body, { 'X-Admin-Key': adminKey, Origin: engine.http });

/** A session whose workspace has the file that examples read, and its chat. */
async function makeSession(): Promise<{ sessionId: string; chatId: string }> {
  const made = await call<{ sessionId: string }>('POST', sessions, { task: 'Write hello world', autoStart: true });
  const { sessionId } = made.body;
  const read = () => call<{ state: string; chatId: string }>('GET', `${sessions}/${sessionId}`);
  await waitUntil(async () => (await read()).body.state === 'idle');
  return { sessionId, chatId: (await read()).body.chatId };
}

async function makeShare(sessionId: string): Promise<{ id: string; token: string }> {
  return (await call<{ id: string; token: string }>('POST', `${sessions}/${sessionId}/shares`, {})).body;
}

async function makeWebhook(): Promise<string> {
  const example = document.paths[webhooks]?.post?.requestBody?.content['application/json']?.example;
  return (await call<{ id: string }>('POST', webhooks, example)).body.id;
}

/** What stands for the names that the document's examples can't know. */
async function findNames(tag: string): Promise<Record<string, string>> {
  if (tag === 'Webhooks') return { id: await makeWebhook() };
  const { sessionId, chatId } = await makeSession();
  if (tag === 'Shares') return { id: sessionId, shareId: (await makeShare(sessionId)).id };
  const ids: Record<string, string> = { Sessions: sessionId, Chats: chatId, Files: sessionId, Admin: sessionId };
  return { id: ids[tag] ?? '', session_id: sessionId, path: '/workspace/project/hello.py' };
}

/** A body is JSON, or the bytes of a file. */
const exampleOf = (body: Operation['requestBody']) => Object.values(body?.content ?? {})[0]?.example;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Only who has a share may. */
async function readShare(path: string) {
  const { token } = await makeShare((await makeSession()).sessionId);
  return callAs<object>(engine, user, 'GET', path, undefined, { Authorization: `Bearer ${token}` });
}

async function sendExample(path: string, method: string, operation: Operation) {
  const { operationId, parameters = [], tags, requestBody } = operation;
  if (operationId === 'readShare') return readShare(path);
  const required = parameters.filter((parameter) => parameter.required);
  const names = required.length === 0 ? {} : await findNames(tags[0] ?? '');
  const fillIn = (name: string) => {
    const value = names[name];
    assert.ok(value, `${operationId}: say in this test what "${name}" is`);
    return encodeURIComponent(value);
  };
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => fillIn(name));
  const query = required.filter((each) => each.in === 'query').map(({ name }) => `${name}=${fillIn(name)}`);
  const example = exampleOf(requestBody);
  // A session that a body names is one that there is.
  const body =
    isObject(example) && 'session_id' in example
      ? { ...example, session_id: (await makeSession()).sessionId }
      : example;
  return call<object>(method.toUpperCase(), `${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`, body);
}

/** What these are about isn't there: a call that waits, since a script asks nobody, or an engine, since the test needs its own. */
const findsNothing: ReadonlyMap<string, string> = new Map([
  ['sendAnswer', 'noSuchCall'],
  ['sendDecision', 'noSuchCall'],
  ['drainEngine', 'noSuchEngine'],
  ['undrainEngine', 'noSuchEngine'],
]);

test('every operation that answers JSON has an example that works, and answers what its own example shows', async () => {
  let sent = 0;
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const { operationId, responses, requestBody } = operation;
      const shown = responses['200']?.content?.['application/json']?.example;
      if (method === 'head' || shown === undefined) continue;
      if (requestBody) assert.ok(exampleOf(requestBody), `${operationId} has no example`);
      const answer = await sendExample(path, method, operation);
      sent++;
      const code = findsNothing.get(operationId);
      if (code !== undefined) {
        assert.partialDeepStrictEqual(answer, { status: 404, body: { code } });
        continue;
      }
      assert.equal(answer.status, 200, `${operationId}: ${JSON.stringify(answer.body)}`);
      const missing = Object.keys(shown as object).filter((key) => !(key in answer.body));
      const optional = missing.filter((key) => key.startsWith('next'));
      assert.deepEqual(missing, optional, `${operationId} answers less than its example`);
    }
  assert.ok(sent >= 17, `only ${sent} were sent`);
});
