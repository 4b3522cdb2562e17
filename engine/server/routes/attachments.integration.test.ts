// Files that come with a task or a message: the model sees the pictures, and all are in the workspace, also after a restart.
import assert from 'node:assert/strict';
import { makePng } from '../../../actors/testing/pictures.ts';
import { callsOf } from '../../../actors/testing/provider/stand-in.ts';
import { answer } from '../../../actors/testing/provider/steps.ts';
import { limits } from '../../../schema/limits.ts';
import { shareTestAgents, type TestAgents, testIn } from '../../testing/agents.ts';
import { backEndHeadersOf } from '../../testing/engine.ts';
import { callAs } from '../../testing/rest.ts';

const agents = shareTestAgents('local');

const png = makePng(120, 80);
const base64 = png.toString('base64');
const picture = (bytes: Buffer = png, type = 'image/png') => new Blob([new Uint8Array(bytes)], { type });

type Answered = { status: number; body: { sessionId: string; code: string; detail: string; sequence: number } };

async function post({ engine }: TestAgents, path: string, parts: [string, string | Blob, string?][], key?: string) {
  const form = new FormData();
  for (const [name, value, fileName = 'shot.png'] of parts)
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, fileName);
  const headers = { ...backEndHeadersOf('ada'), ...(key && { 'Idempotency-Key': key }) };
  const answered = await fetch(`${engine.http}/api/v1/sessions${path}`, { method: 'POST', headers, body: form });
  return { status: answered.status, body: await answered.json() } as Answered;
}

const lastRequest = ({ fakeProvider }: TestAgents): string => JSON.stringify(fakeProvider.answerRequests.at(-1)?.body);

const readContent = async ({ engine }: TestAgents, sessionId: string, path: string) => {
  const url = `/api/v1/files/read?session_id=${sessionId}&path=${encodeURIComponent(path)}`;
  return (await callAs<{ content: string }>(engine, 'ada', 'GET', url)).body.content;
};

testIn.local(
  'a task begins with its picture and its files, which are in the workspace and in every request',
  async () => {
    const held = await agents();
    held.fakeProvider.plan(
      'anthropic',
      answer({ calls: [callsOf('anthropic').shell('cat /workspace/.attachments/*.csv; ls -A')] }),
    );
    const { status, body } = await post(held, '', [
      ['json', '{"task":"What is on it?","autoStart":true,"modelProvider":"anthropic"}'],
      ['files', picture()],
      ['files', new Blob(['a,b\n']), 'data.csv'],
    ]);
    assert.equal(status, 200, JSON.stringify(body));
    const client = await held.attachClient(body.sessionId);
    const first = await client.waitForStatus('completed');
    const ack = client.events.find(({ eventType }) => eventType === 'InitialTask');
    const [shown, data] = ack?.attachments ?? [];
    assert.deepEqual([shown?.mediaType, shown?.size, data?.size], ['image/png', png.length, 4]);
    assert.match(data?.path ?? '', /^\/workspace\/\.attachments\/[0-9a-f]{8}-data\.csv$/);
    assert.equal(await readContent(held, body.sessionId, shown?.path ?? ''), base64);
    assert.ok(lastRequest(held).includes(base64));
    assert.match(lastRequest(held), /With this message came: .*shot\.png \(image\/png, 120 × 80 pixels, shown here\)/);

    await held.stop();
    await held.start();
    const back = await held.attachClient(body.sessionId);
    back.send({ type: 'message', content: 'And now?' });
    await back.waitForStatus('completed', first.sequence);
    assert.ok(lastRequest(held).includes(base64));
  },
);

testIn.local('a message brings files over REST, and names uploaded ones over REST and WebSocket', async () => {
  const held = await agents();
  const client = await held.startClient('Wait', { modelProvider: 'anthropic' });
  const { sessionId } = client;
  const first = await client.waitForStatus('completed');
  const sent = await post(held, `/${sessionId}/messages`, [
    ['content', 'See'],
    ['files', picture()],
  ]);
  assert.equal(sent.status, 200, JSON.stringify(sent.body));
  const second = await client.waitForStatus('completed', first.sequence);
  assert.equal(lastRequest(held).split(base64).length, 2);

  const url = `${held.engine.http}/api/v1/files/upload?session_id=${sessionId}&path=mine/shot`;
  await fetch(url, { method: 'POST', headers: backEndHeadersOf('ada'), body: new Uint8Array(png) });
  client.send({ type: 'message', id: 'm-1', content: 'And this', attachments: ['mine/shot'] });
  client.send({ type: 'message', id: 'm-2', content: 'And nothing' });
  const ack = await client.waitFor('m-1', ({ id }) => id === 'm-1');
  const next = await client.waitFor('m-2', ({ id }) => id === 'm-2');
  assert.ok((ack.sequence ?? 0) < (next.sequence ?? 0), 'what is said after it comes after it');
  assert.deepEqual(ack.attachments, [{ path: '/workspace/mine/shot', size: png.length, mediaType: 'image/png' }]);
  await client.waitForStatus('completed', Math.max(second.sequence ?? 0, next.sequence ?? 0));
  assert.equal(lastRequest(held).split(base64).length, 3);

  const named = await callAs<Answered['body']>(held.engine, 'ada', 'POST', `/api/v1/sessions/${sessionId}/messages`, {
    content: 'Gone?',
    attachments: ['mine/gone'],
  });
  assert.deepEqual([named.status, named.body.code], [404, 'noSuchFile']);
  client.send({ type: 'message', id: 'm-3', content: 'Out?', attachments: ['../../etc/passwd'] });
  const refused = await client.waitFor('m-3', ({ id, type }) => type === 'error' && id === 'm-3');
  assert.equal(refused.code, 'badPath');
});

testIn.local(
  'what no model takes is refused before anything begins, and a repeated request is the same one',
  async () => {
    const held = await agents();
    const refuse = async (...parts: [string, string | Blob, string?][]) => {
      const { status, body } = await post(held, '', [['task', 'Look'], ...parts]);
      return [status, body.code] as const;
    };
    assert.deepEqual(await refuse(['files', picture(Buffer.from('no'))]), [422, 'invalid']);
    assert.deepEqual(await refuse(['files', picture(makePng(9_000, 1))]), [422, 'invalid']);
    assert.deepEqual(await refuse(['nonsense', 'x']), [422, 'invalid']);
    assert.deepEqual(await refuse(...Array.from({ length: 11 }, () => ['f', picture()] as [string, Blob])), [
      422,
      'invalid',
    ]);
    const huge = new Blob([new Uint8Array(limits.attachmentsBytesMax + limits.bodyBytesMax + 1)]);
    assert.deepEqual(await refuse(['files', huge, 'huge']), [413, 'bodyTooLarge']);

    const ask = (bytes?: Buffer) =>
      post(
        held,
        '',
        [
          ['task', 'Look'],
          ['files', picture(bytes)],
        ],
        'key-1',
      );
    const [one, again] = [await ask(), await ask()];
    assert.equal(one.body.sessionId, again.body.sessionId);
    assert.deepEqual((await ask(makePng(5, 5))).body.code, 'idReused');
  },
);

testIn.local('a fork has the pictures of the chat that it goes on from', async () => {
  const held = await agents();
  const made = await post(held, '', [
    ['json', '{"task":"Look","autoStart":true,"modelProvider":"anthropic"}'],
    ['files', picture()],
  ]);
  const client = await held.attachClient(made.body.sessionId);
  const first = await client.waitForStatus('completed');
  const path = `/api/v1/sessions/${made.body.sessionId}`;
  const { body: report } = await callAs<{ chatId: string }>(held.engine, 'ada', 'GET', path);
  const { body: fork } = await callAs<{ sessionId: string }>(
    held.engine,
    'ada',
    'POST',
    `/api/v1/chats/${report.chatId}/fork`,
    {},
  );
  const forked = await held.attachClient(fork.sessionId);
  forked.send({ type: 'message', content: 'Go on' });
  await forked.waitForStatus('completed', first.sequence);
  assert.ok(lastRequest(held).includes(base64));
});
