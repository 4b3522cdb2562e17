// Pictures that agents look at: each later request has the same bytes, after a restart too, and they go with their chat.
import assert from 'node:assert/strict';
import { createPool, sql } from 'slonik';
import { providerNames } from '../../actors/models/providers/registry.ts';
import { makePng } from '../../actors/testing/pictures.ts';
import { callsOf } from '../../actors/testing/provider/stand-in.ts';
import { answer } from '../../actors/testing/provider/steps.ts';
import { shareTestAgents, type TestAgents, testIn } from '../testing/agents.ts';
import { backEndHeadersOf } from '../testing/engine.ts';
import { callAs } from '../testing/rest.ts';

const agents = shareTestAgents('local');

const png = makePng(300, 200);
const base64 = png.toString('base64');

const lastRequest = ({ fakeProvider }: TestAgents): string => JSON.stringify(fakeProvider.answerRequests.at(-1)?.body);

async function upload(
  { engine }: TestAgents,
  sessionId: string,
  path: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const url = `${engine.http}/api/v1/files/upload?session_id=${sessionId}&path=${path}`;
  const answered = await fetch(url, { method: 'POST', headers: backEndHeadersOf('ada'), body });
  assert.equal(answered.status, 200);
}

async function countKept({ databaseUrl }: TestAgents, sessionId: string): Promise<number> {
  const pool = await createPool(databaseUrl);
  try {
    const counted = await pool.oneFirst(
      sql.unsafe`SELECT count(*)::int FROM lucid_engine.session_files WHERE session_id = ${sessionId}`,
    );
    return Number(counted);
  } finally {
    await pool.end();
  }
}

for (const name of providerNames)
  testIn.local(
    `${name}: a picture that the agent reads is shown to it, also after a restart of the engine`,
    async () => {
      const held = await agents();
      const client = await held.startClient('Wait', { modelProvider: name });
      const first = await client.waitForStatus('completed');
      await upload(held, client.sessionId, 'shot', new Uint8Array(png));
      held.fakeProvider.plan(name, answer({ calls: [callsOf(name).read('shot')] }), answer({ text: 'It is red.' }));
      client.send({ type: 'message', content: 'What is on it?' });
      const second = await client.waitForStatus('completed', first.sequence);
      const observed = client.events.find(({ eventType }) => eventType === 'FileReadObservation');
      assert.match(observed?.content ?? '', /^\[The image \/workspace\/shot: image\/png, 300 × 200 pixels/);
      assert.ok(!JSON.stringify(client.frames).includes(base64.slice(0, 60)), 'clients get no bytes in frames');
      assert.equal(lastRequest(held).split(base64).length, 2, 'it is shown once');

      await held.stop();
      await held.start();
      const back = await held.attachClient(client.sessionId);
      back.send({ type: 'message', content: 'And now?' });
      await back.waitForStatus('completed', second.sequence);
      assert.equal(lastRequest(held).split(base64).length, 2);
      assert.equal(await countKept(held, client.sessionId), 1);

      const { body } = await callAs<{ chatId: string }>(
        held.engine,
        'ada',
        'GET',
        `/api/v1/sessions/${client.sessionId}`,
      );
      await callAs(held.engine, 'ada', 'DELETE', `/api/v1/chats/${body.chatId}`);
      assert.equal(await countKept(held, client.sessionId), 0);
    },
  );
