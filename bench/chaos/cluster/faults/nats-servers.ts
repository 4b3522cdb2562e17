// Kills nats-servers, one or all of them, and puts messages on the bus that no engine sends.
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@nats-io/transport-node';
import { encodePost, postBytesHardMax } from '../../../../schema/bus.ts';
import type { Fault } from '../../fault.ts';
import { type Broken, makeClusterFault } from '../cluster-fault.ts';
import { readBootIds } from '../owners-of-sessions.ts';

const allAwayMs = 30_000;
const forgingMs = 3_000;
/** Each time it is a hundred messages and the largest of all. */
const pauseMs = 1_000;

const killNats = ({ stage, random }: Broken): Promise<void> => stage.natsOf(random.between(0, 2)).kill();

async function takeAllAway({ stage }: Broken): Promise<void> {
  await Promise.all(stage.nats.map((server) => server.kill()));
  await delay(allAwayMs);
  await Promise.all(stage.nats.map((server) => server.restart()));
}

/** What anybody could send who is let onto the bus, of which no engine may believe anything. */
async function forge({ stage, crowd }: Broken): Promise<void> {
  const [server] = stage.nats;
  const wire = await connect({ servers: server?.url ?? '' });
  const subjects = ['lucid.lucid.all', ...(await readBootIds(stage.databaseUrl)).map((id) => `lucid.lucid.boot.${id}`)];
  const largest = Buffer.alloc(postBytesHardMax - 1, '[');
  const untilMs = performance.now() + forgingMs;
  try {
    while (performance.now() < untilMs) {
      for (const { sessionId, lastSequence } of crowd.clients)
        for (const subject of subjects)
          for (const bytes of forgeMessages(sessionId, lastSequence)) wire.publish(subject, bytes);
      for (const subject of subjects) wire.publish(subject, largest);
      await wire.flush();
      await delay(pauseMs);
    }
  } finally {
    await wire.close();
  }
}

function forgeMessages(sessionId: string, lastSequence: number): Uint8Array[] {
  const frame = JSON.stringify({ type: 'agent_event', sequence: lastSequence + 1, epoch: 1, content: 'forged' });
  const messages = [
    { kind: 'frames', sessionId, frames: [[1, lastSequence + 1, frame, true]] },
    { kind: 'frames', sessionId, frames: [[1, 'one', frame, true]] },
    { kind: 'live', sessionId, frames: 'none' },
    { kind: 'moved', sessionId },
    { kind: 'lost', sessionId, failure: { code: 'sessionCrashes', detail: 'forged', retryable: false } },
    { kind: 'followed', stored: [[sessionId, 1e9]], gone: [sessionId] },
    { kind: 'leaving' },
    { kind: 'secretsChanged', sessionId },
    { kind: 'reply', k: 1, outcome: { ok: true, value: { kind: 'done', sequence: 1 } } },
    { kind: 'ask', k: 1, ttlMs: 1_000, asked: { kind: 'command', sessionId, command: { type: 'message', id: '' } } },
    { kind: 'unheardOf', sessionId },
  ].map((message) => JSON.stringify(message));
  const post = encodePost('a stranger', Date.now(), messages);
  const newer = Buffer.from(post.toString().replace('"w":1', '"w":99'));
  return [post, newer, Buffer.from('{"w":0}'), Buffer.from([0, 255, 1]), Buffer.from('')];
}

const atOwnEngine = ({ owner, client }: { owner: number; client: number }) => (owner === client ? 'elsewhere' : 'hit');

export const natsFaults: Record<string, Fault> = {
  'kill-nats': makeClusterFault({
    title: '`kill -9` of a nats-server',
    reach: { awayMs: 1_000 },
    act: killNats,
    standingOf: atOwnEngine,
  }),
  'nats-away': makeClusterFault({
    title: 'all nats-servers away for 30 s',
    reach: { awayMs: allAwayMs + 5_000 },
    act: takeAllAway,
    standingOf: atOwnEngine,
  }),
  forged: makeClusterFault({
    title: 'forged and oversized messages on the bus for 3 s',
    reach: { awayMs: 1_000, elsewhereMs: 1_000 },
    act: forge,
    standingOf: () => 'elsewhere',
  }),
};
