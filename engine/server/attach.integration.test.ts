// A client that comes back to a session sees each event once, in order, and then live ones, wherever it was cut off.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Frame, TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '2' } });
  token = await signTestToken('ada');
});
after(() => engine?.close());

type Position = { epoch?: number | undefined; sequence?: number | undefined };

function attach(sessionId: string, { epoch, sequence }: Position = {}): Promise<TestClient> {
  const url = new URL(engine.ws);
  url.searchParams.set('token', token);
  url.searchParams.set('session_id', sessionId);
  if (epoch !== undefined) url.searchParams.set('epoch', String(epoch));
  if (sequence !== undefined) url.searchParams.set('last_sequence', String(sequence));
  return TestClient.open(url.href);
}

const waitForEvent = (client: TestClient, sequence: number) =>
  client.waitFor(`event ${sequence}`, (frame) => frame.type !== 'attached' && frame.sequence === sequence);

const sequencesOf = (frames: readonly Frame[]) => frames.map((frame) => frame.sequence);

const listNumbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => first + at);

async function completeTask(task: string): Promise<TestClient> {
  const client = await TestClient.start(engine.ws, token, task);
  await client.waitForStatus('completed');
  return client;
}

/** A task, a follow-up and a stop are always 21 events. */
const eventsInAll = 21;

async function finishSession(client: TestClient): Promise<void> {
  const first = await client.waitForStatus('completed');
  client.send({ type: 'message', content: 'and on' });
  await client.waitForStatus('completed', first.sequence);
  client.send({ type: 'stop' });
  assert.equal(await client.closed, 1000);
}

/** Follows a session to its end; the connection, with what is on its way, is lost after each of these events. */
async function followWithCuts(sessionId: string, cuts: readonly number[], tellsEpoch: boolean): Promise<Frame[]> {
  const seen: Frame[] = [];
  for (const cut of cuts) {
    const last = seen.at(-1);
    const client = await attach(sessionId, { sequence: last?.sequence, epoch: tellsEpoch ? last?.epoch : undefined });
    if (cut > 0) await waitForEvent(client, cut);
    client.socket.terminate();
    seen.push(...client.events.filter(({ sequence = 0 }) => sequence <= cut));
  }
  const client = await attach(sessionId, { sequence: seen.at(-1)?.sequence, epoch: seen.at(-1)?.epoch });
  assert.equal(await client.closed, 1000);
  return [...seen, ...client.events];
}

test('a client gets the same events wherever it is cut off and comes back', async () => {
  const anyCuts = fc.uniqueArray(fc.nat(eventsInAll - 1), { maxLength: 5 }).map((cuts) => cuts.sort((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(anyCuts, fc.boolean(), fc.boolean(), async (cuts, tellsEpoch, isLate) => {
      const leader = await TestClient.start(engine.ws, token, 'cut me off');
      const finishing = finishSession(leader);
      if (isLate) await finishing;
      const [seen] = await Promise.all([followWithCuts(leader.sessionId, cuts, tellsEpoch), finishing]);
      assert.deepEqual(sequencesOf(leader.events), listNumbers(1, eventsInAll));
      assert.deepEqual(seen, leader.events);
    }),
    { numRuns: 40 },
  );
});

test('a client that attaches in the middle of a flood misses nothing and gets nothing twice', async () => {
  const sender = await completeTask('flood');
  const flood = async () => {
    for (let n = 0; n < 1_200; n++) {
      sender.send({ type: 'message', id: `m-${n}`, content: `${n}` });
      if (n % 100 === 99) await sender.waitFor('ack', (frame) => frame.id === `m-${n}`);
    }
  };
  const flooding = flood();
  const late: TestClient[] = [];
  for (const n of [150, 500, 900]) {
    await sender.waitFor('ack', (frame) => frame.id === `m-${n}`);
    late.push(await attach(sender.sessionId));
  }
  await flooding;
  sender.send({ type: 'stop' });
  for (const client of [sender, ...late]) assert.equal(await client.closed, 1000);
  assert.deepEqual(sequencesOf(sender.events), listNumbers(1, sender.events.length));
  for (const client of late) assert.deepEqual(client.events, sender.events);
});

test('a client that names its position, in the URL or in its first message, gets the rest', async () => {
  const leader = await completeTask('say it again');
  const { events, sessionId } = leader;
  const end = events.length;
  const epoch = events.at(-1)?.epoch;
  const positions: [position: Position, recovered: boolean, first: number][] = [
    [{}, true, 1],
    [{ sequence: 0 }, true, 1],
    [{ epoch, sequence: 0 }, true, 1],
    [{ epoch, sequence: 5 }, true, 6],
    [{ sequence: 5 }, true, 6],
    [{ epoch, sequence: end }, true, end + 1],
    [{ epoch: 7, sequence: 5 }, false, 1],
    [{ epoch: 0, sequence: end }, false, 1],
    [{ epoch, sequence: end + 1 }, false, 1],
    [{ sequence: 1_000_000 }, false, 1],
    [{ epoch, sequence: 3_000_000_000 }, false, 1],
    [{ sequence: Number.MAX_SAFE_INTEGER - 1 }, false, 1],
  ];
  for (const [position, recovered, first] of positions) {
    const byMessage = await TestClient.open(`${engine.ws}?token=${token}`);
    byMessage.send({ session_id: sessionId, epoch: position.epoch, last_sequence: position.sequence });
    const isForUrl = (position.sequence ?? 0) < 1e15;
    for (const client of [byMessage, ...(isForUrl ? [await attach(sessionId, position)] : [])]) {
      const attached = await client.waitForType('attached');
      assert.deepEqual(attached, { type: 'attached', sessionId, epoch, sequence: end, recovered });
      if (first <= end) await waitForEvent(client, end);
      client.send({ type: 'ping' });
      await client.waitForType('pong');
      assert.deepEqual(client.events, events.slice(first - 1));
      await client.close();
    }
  }
  await leader.close();
});

test("a client is closed with 4003 for another user's session, and with 4004 for one that never was", async () => {
  const { sessionId } = await completeTask('mine');
  const eve = `${engine.ws}?token=${await signTestToken('eve')}`;
  for (const [asked, code, close] of [
    [sessionId, 'notYours', 4003],
    ['no-such-session', 'noSuchSession', 4004],
  ] as const) {
    const byMessage = await TestClient.open(eve);
    byMessage.send({ session_id: asked, task: 'not even with a task' });
    for (const client of [byMessage, new TestClient(`${eve}&session_id=${asked}`)]) {
      assert.equal(await client.closed, close);
      assert.deepEqual(
        client.frames.map((frame) => [frame.type, frame.code]),
        [['error', code]],
      );
    }
  }
});

test('a client gets the rest of an ended session from any position, and is closed with 1000', async () => {
  const leader = await TestClient.start(engine.ws, token, 'the end');
  await finishSession(leader);
  for (const at of [undefined, 0, 10, eventsInAll]) {
    const epoch = leader.events.at(-1)?.epoch;
    const client = await attach(leader.sessionId, at === undefined ? {} : { epoch, sequence: at });
    assert.equal(await client.closed, 1000);
    assert.equal(client.frames[0]?.recovered, true);
    assert.deepEqual(client.events, leader.events.slice(at ?? 0));
  }
  const { sessionId } = leader;
  const client = await TestClient.open(`${engine.ws}?token=${token}`);
  client.send({ session_id: sessionId, last_sequence: eventsInAll + 1 });
  assert.equal(await client.closed, 1000);
  assert.equal(client.frames[0]?.recovered, false);
  assert.deepEqual(client.events, leader.events);
});

test('a client that speaks to an ended session is refused, and gets all of its events all the same', async () => {
  const client = await completeTask('hello');
  await finishSession(client);
  const { sessionId } = client;
  const inUrl = await attach(sessionId);
  inUrl.send({ type: 'message', id: 'm-1', content: 'and on' });
  const inFirstMessage = await TestClient.open(`${engine.ws}?token=${token}`);
  inFirstMessage.send({ session_id: sessionId });
  inFirstMessage.send({ type: 'message', id: 'm-1', content: 'and on' });
  for (const again of [inUrl, inFirstMessage]) {
    assert.equal(await again.closed, 1000);
    assert.deepEqual(sequencesOf(again.events), listNumbers(1, eventsInAll));
    assert.equal(again.frames.filter(({ type }) => type === 'attached').length, 1);
    assert.deepEqual(
      again.frames.filter(({ id }) => id === 'm-1').map(({ type, code }) => [type, code]),
      [['error', 'sessionEnded']],
    );
  }
});

test('a client that attaches while the session is being stopped sees its end too', async () => {
  for (let n = 0; n < 40; n++) {
    const leader = await completeTask('stop now');
    const late = await TestClient.open(`${engine.ws}?token=${token}`);
    const sends = [() => leader.send({ type: 'stop' }), () => late.send({ session_id: leader.sessionId })];
    if (n % 2 === 0) sends.reverse();
    for (const send of sends) send();
    if (n % 4 === 3) await leader.waitForStatus('stopping');
    assert.deepEqual(await Promise.all([leader.closed, late.closed]), [1000, 1000]);
    assert.deepEqual(late.events, leader.events);
  }
});

test('two clients of one session both see everything, whichever of them sends it', async () => {
  const one = await completeTask('share me');
  const { sessionId } = one;
  const other = await attach(sessionId);
  await other.waitForStatus('completed');
  one.send({ type: 'message', id: 'of-one', content: 'from one' });
  const first = await other.waitFor('ack', (frame) => frame.id === 'of-one');
  const done = await other.waitForStatus('completed', first.sequence);
  other.send({ type: 'message', id: 'of-other', content: 'from the other' });
  await one.waitForStatus('completed', done.sequence);
  await other.close();
  one.send({ type: 'message', id: 'alone', content: 'still here' });
  const last = await one.waitFor('ack', (frame) => frame.id === 'alone');
  await one.waitForStatus('completed', last.sequence);
  assert.deepEqual(other.events, one.events.slice(0, other.events.length));
  assert.ok(other.events.some((frame) => frame.id === 'of-other'));
  assert.deepEqual(sequencesOf(one.events), listNumbers(1, one.events.length));
  one.send({ type: 'stop' });
  await one.closed;
});

test('a client that sends a command twice with one id gets the same acknowledgement, of one command', async () => {
  const client = await TestClient.start(engine.ws, token, 'once', { id: 'the-task' });
  let last = (await client.waitForStatus('completed')).sequence;
  const acknowledgements = (id: string) => client.frames.filter((frame) => frame.type === 'ack' && frame.id === id);
  const repeated = [
    { type: 'message', id: 'a-message', content: 'once more' },
    { type: 'interrupt', id: 'an-interrupt' },
  ];
  for (const command of repeated) {
    for (const times of [1, 2, 3]) {
      client.sendRaw(command);
      await client.waitFor('ack', () => acknowledgements(command.id).length >= times);
    }
    if (command.type === 'message') last = (await client.waitForStatus('completed', last)).sequence;
    const [first, ...again] = acknowledgements(command.id);
    for (const frame of again) assert.deepEqual(frame, first);
  }
  client.send({ type: 'message', id: 'the-task', content: 'not the task' });
  const refused = await client.waitFor('error', ({ type, id }) => type === 'error' && id === 'the-task');
  assert.deepEqual([refused.code, acknowledgements('the-task').length], ['idReused', 1]);
  client.send({ type: 'stop' });
  await client.closed;
  const late = await attach(client.sessionId);
  await late.closed;
  assert.deepEqual(sequencesOf(late.events), listNumbers(1, late.events.length));
  const said = late.events.filter((frame) => frame.type === 'ack').map((frame) => frame.id);
  assert.deepEqual(said.slice(0, -1), ['the-task', 'a-message', 'an-interrupt']);
});

test('an agent reads a message in mid-turn before its next step, and an interrupt ends only its turn', async (t) => {
  const slow = await startTestEngine({ environment: { MOCK_STEP_DELAY_MS: '500' } });
  t.after(() => slow.close());
  const client = await TestClient.start(slow.ws, token, 'take your time');
  await client.waitFor('first step', (frame) => frame.eventType === 'ThinkAction');
  client.send({ type: 'message', id: 'by-the-way', content: 'use tabs' });
  const done = await client.waitForStatus('completed');
  const said = client.events.findIndex((frame) => frame.id === 'by-the-way');
  const steps = client.events.slice(said).filter((frame) => frame.event === 'action');
  assert.ok(steps.slice(0, 2).some(({ content = '' }) => /^ls |use tabs/.test(content))); // One step may be under way.
  const finish = steps.find((frame) => frame.eventType === 'AgentFinishAction');
  assert.match(finish?.content ?? '', /use tabs/);
  assert.equal(client.events.filter((frame) => frame.status === 'completed').length, 1);
  assert.equal(done.reason, 'finished');

  client.send({ type: 'message', id: 'go', content: 'and on' });
  await client.waitFor('go', (frame) => frame.id === 'go');
  client.send({ type: 'interrupt', id: 'enough' });
  const interrupted = await client.waitForStatus('completed', done.sequence);
  assert.equal(interrupted.reason, 'interrupted');
  const asked = client.events.find((frame) => frame.id === 'enough');
  assert.deepEqual([asked?.type, asked?.eventType], ['ack', 'Interrupt']);
  client.send({ type: 'message', content: 'go on after all' });
  const resumed = await client.waitForStatus('completed', interrupted.sequence);
  assert.equal(resumed.reason, 'finished');
  assert.deepEqual(sequencesOf(client.events), listNumbers(1, client.events.length));
});
