// Clients of the reference, which know no additions, get the reference's frames, and others ask for additions.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { everythingSubprotocol } from '../../schema/protocol/additions.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { signTestToken, startTestEngine, type TestEngine } from '../testing/engine.ts';

let engine: TestEngine;
let token: string;
before(async () => {
  engine = await startTestEngine();
  token = await signTestToken('ada');
});
after(() => engine?.close());

const openPlain = (query = '') => TestClient.open(`${engine.ws}?token=${token}${query}`, { isPlain: true });

const shape = ({ eventType, status, type }: Frame) => eventType ?? status ?? type;

/** Runs a task and stops it, with the additions that the query asks for. */
async function wholeSession(query = ''): Promise<Frame[]> {
  const client = await openPlain(query);
  client.send({ task: 'Write hello world', projectId: '', repoUrl: '' });
  await client.waitForStatus('completed');
  client.sendRaw({ type: 'stop', content: 'any' });
  assert.equal(await client.closed, 1000);
  return client.frames;
}

test('a client that asks for no additions gets the reference’s frames, field by field', async () => {
  const frames = await wholeSession();
  assert.deepEqual(frames.map(shape), [
    'initializing',
    'mock_mode',
    'ThinkAction',
    'CmdRunAction',
    'CmdOutputObservation',
    'FileWriteAction',
    'FileWriteObservation',
    'CmdRunAction',
    'CmdOutputObservation',
    'MessageAction',
    'AgentFinishAction',
    'completed',
    'stopping',
  ]);
  const fields = {
    status: ['type', 'status', 'sessionId', 'message'],
    agent_event: ['type', 'event', 'eventType', 'content', 'timestamp', 'command', 'exitCode', 'path', 'thought'],
  };
  for (const frame of frames) {
    const allowed = fields[frame.type as keyof typeof fields];
    for (const field of Object.keys(frame)) assert.ok(allowed.includes(field), `${field} of ${shape(frame)}`);
  }
  const commands = frames.filter(({ command }) => command !== undefined).map(shape);
  assert.deepEqual(commands, ['CmdRunAction', 'CmdRunAction']);
});

test('a client gets the additions that its URL names, or all by the subprotocol lucid.v2', async () => {
  const asked = await wholeSession('&features=ack,epoch,statuses,finish');
  assert.deepEqual(
    asked.map(({ sequence }) => sequence),
    asked.map((_, at) => at + 1),
  );
  assert.deepEqual([asked[1]?.type, asked.at(-1)?.status], ['ack', 'stopped']);
  assert.ok(!asked.some(({ usage, timestamp, type }) => type === 'status' && (usage ?? timestamp) !== undefined));
  const all = await TestClient.start(engine.ws, token, 'Write hello world');
  assert.equal(all.socket.protocol, everythingSubprotocol);
  assert.equal((await all.waitForType('file_tree')).sessionId, all.sessionId);
  assert.ok((await all.waitForStatus('completed')).usage);
  await all.close();
});

test('each client of one session gets the additions that it asked for, live and when it comes back', async () => {
  const all = await TestClient.start(engine.ws, token, 'Write hello world');
  const at = `&session_id=${all.sessionId}`;
  const watching = await openPlain(at);
  const two = [await openPlain(`${at}&features=epoch`), await openPlain(`${at}&features=epoch`)];
  const done = await all.waitForStatus('completed');
  all.send({ type: 'message', content: 'Now tests' });
  const last = await all.waitForStatus('completed', done.sequence);
  const isLast = ({ status, message }: Frame) => status === 'completed' && message === last.message;
  await Promise.all([...two, watching].map((client) => client.waitFor('the second turn', isLast)));
  const late = await openPlain(at);
  await late.waitFor('the second turn', isLast);
  assert.deepEqual(late.frames, watching.frames);
  assert.ok(!watching.frames.some(({ type, sequence }) => type === 'ack' || sequence !== undefined));
  const numbers = two.map(({ events }) => events.map(({ sequence }) => sequence));
  const acknowledged = all.events.filter(({ type }) => type === 'ack').map(({ sequence }) => sequence);
  const heard = all.events.map(({ sequence }) => sequence).filter((sequence) => !acknowledged.includes(sequence));
  assert.deepEqual(numbers, [heard, heard]);
  for (const client of [all, watching, late, ...two]) await client.close();
});

test('a client that asks for an unknown addition is refused with the names of the known ones', async () => {
  const client = await openPlain('&features=ack,telepathy');
  assert.equal(await client.closed, 4001);
  assert.equal(client.frames.length, 1);
  assert.match(client.frames[0]?.message ?? '', /^features: "telepathy" is not known; known are ack, attached,/);
  const knowing = new TestClient(`${engine.ws}?token=${token}&features=telepathy`);
  assert.equal(await knowing.closed, 4001);
  assert.equal(knowing.frames[0]?.code, 'badFirstMessage');
});

test('a refused client gets the reference’s words, and the code where it asks for it', async () => {
  const client = new TestClient(`${engine.ws}?token=nonsense`, { isPlain: true });
  assert.equal(await client.closed, 4010);
  assert.deepEqual(client.frames, [{ type: 'error', message: 'The token is not valid.' }]);
});

test('a client that offers several subprotocols gets lucid.v2, and one that offers only others none', async () => {
  const handshake = async (offered: string[]) => {
    const socket = new WebSocket(`${engine.ws}?token=${token}`, offered);
    socket.on('error', () => undefined); // ws closes where the server chooses none that it has offered.
    const [response] = await once(socket, 'upgrade');
    socket.terminate();
    return response.headers['sec-websocket-protocol'];
  };
  assert.equal(await handshake([token, everythingSubprotocol]), everythingSubprotocol);
  assert.equal(await handshake([everythingSubprotocol, 'graphql-ws']), everythingSubprotocol);
  assert.equal(await handshake([token]), undefined);
});
