// A thousand cut connections: every event comes once and in order, and every message is said once.
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { startTestEngine, type TestEngine } from '../../../engine/testing/engine.ts';
import type { Session, SessionEvent } from '../index.ts';
import { CuttingProxy, type Plan } from '../testing/cutting-proxy.ts';
import { assertEachOnce, gather, makeTestClient, waitForState } from '../testing/followed.ts';

const sessionsCount = 4;
const cutsOfEach = 250;
/** As many as a whole connection carries here: the handshake, and some turns. */
const cutBytesMax = 6_000;
const seed = 20_261_129;

let engine: TestEngine;
before(async () => {
  engine = await startTestEngine();
});
after(() => engine?.close());

/** Mulberry32: the same network in every run. */
function makeRandom(state: number): () => number {
  let at = state;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let mixed = Math.imul(at ^ (at >>> 15), 1 | at);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Most cuts fall into what the engine sends; what the client says is less. */
function planCut(random: () => number): Plan {
  const direction = random() < 0.7 ? 'toClient' : 'toEngine';
  const bytes = direction === 'toClient' ? cutBytesMax : cutBytesMax / 6;
  return {
    cut: { direction, afterBytes: 1 + Math.floor(random() * bytes), isReset: random() < 0.5 },
    delayMs: random() < 0.2 ? 1 + Math.floor(random() * 3) : 0,
    ...(random() < 0.3 && { pieceBytesMax: 1 + Math.floor(random() * 200) }),
    isDoubled: random() < 0.1,
  };
}

/** Says one thing after another until the network has cut often enough. */
async function talkThroughCuts(session: Session, proxy: CuttingProxy, cutsMax: number): Promise<string[]> {
  const said: string[] = [];
  while (proxy.cuts < cutsMax) {
    const content = `Message ${said.length + 1}`;
    said.push(content);
    await session.send(content);
  }
  return said;
}

/** One session through its share of the cuts. @returns how often it was cut */
async function followThroughCuts(t: TestContext, at: number): Promise<number> {
  const random = makeRandom(seed + at);
  const proxy = await CuttingProxy.start(engine.port);
  t.after(() => proxy.stop());
  const lucid = makeTestClient(proxy.url, { random });
  const session = await lucid.open({ task: `Task ${at}` });
  t.after(() => session.detach());
  const { events, gaps } = gather(session);
  proxy.plan(() => (proxy.cuts < cutsOfEach ? planCut(random) : {}));
  proxy.cutAll();
  const said = await talkThroughCuts(session, proxy, cutsOfEach);
  await waitForState(session, 'status', 'idle');
  await session.stop();
  await waitForState(session, 'connection', 'ended');
  assertEachOnce(events);
  assert.deepEqual(gaps, []);
  const isMessage = (event: SessionEvent) => event.type === 'ack' && event.eventType === 'UserMessage';
  assert.deepEqual(
    events.filter(isMessage).map((event) => 'content' in event && event.content),
    said,
  );
  const { lastEvent } = await lucid.sessions.read(session.id);
  assert.equal(lastEvent?.sequence, events.at(-1)?.sequence); // As many as the engine has stored.
  return proxy.cuts;
}

test(`${sessionsCount * cutsOfEach} cuts at any byte lose no event, repeat none, and say no message twice`, async (t) => {
  const cuts = await Promise.all(Array.from({ length: sessionsCount }, (_, at) => followThroughCuts(t, at)));
  assert.ok(Math.min(...cuts) >= cutsOfEach);
});
