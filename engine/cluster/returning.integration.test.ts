// A client of the reference that was cut off says its task again at any engine, and gets its session, not a second one.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { TestClient } from '../testing/client.ts';
import { TestCluster } from '../testing/cluster.ts';
import { signTestToken } from '../testing/engine.ts';
import { natsTest } from '../testing/nats.ts';

type Engine = { ws: string };

/** @returns a client once it knows its session; it comes again as often as it is told to */
async function sendTask({ ws }: Engine, task: string): Promise<TestClient> {
  for (;;) {
    const client = await TestClient.open(`${ws}?token=${await signTestToken('ada')}`, { isPlain: true });
    client.sendRaw({ token: '', projectId: '', modelProvider: 'google', repoUrl: '', task });
    const first = await client.waitFor(
      'an answer',
      ({ type, sessionId }) => type === 'error' || sessionId !== undefined,
    );
    if (first.type !== 'error') return client;
    assert.ok([1001, 4029].includes(await client.closed), JSON.stringify(first));
    await delay(200);
  }
}

/** A client that does not answer for 1.5 s counts as cut off, as on a busy machine: whoever gets its session comes again. */
async function sendUntil(engine: Engine, task: string, isRight: (sessionId: string) => boolean): Promise<TestClient> {
  for (let triesLeft = 10; ; triesLeft--) {
    const client = await sendTask(engine, task);
    if (isRight(client.sessionId) || triesLeft === 0) return client;
    await cutOff(client);
  }
}

const isAtWork = (client: TestClient) => client.waitFor('a step', ({ type }) => type === 'agent_event');

async function cutOff(client: TestClient): Promise<void> {
  client.socket.terminate();
  await client.closed;
}

natsTest(
  'a client that was cut off gets its session at every engine, unless another client of it is there',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const [a, b, c] = [await cluster.addEngine(), await cluster.addEngine(), await cluster.addEngine()];
    const task = 'Emit 600 events, 1 every 100 ms';
    const first = await sendTask(a, task);
    await isAtWork(first);
    await cutOff(first);
    let last = first;
    for (const engine of [b, c, b, a]) {
      last = await sendTask(engine, task);
      assert.equal(last.sessionId, first.sessionId);
      await isAtWork(last);
      if (engine !== a) await cutOff(last);
    }
    const another = await sendUntil(b, task, (id) => id !== first.sessionId);
    assert.notEqual(another.sessionId, first.sessionId);
    last.socket.pause(); // The socket is silent, as where its network is gone.
    const back = await sendUntil(c, task, (id) => id === first.sessionId);
    assert.equal(back.sessionId, first.sessionId);
    last.socket.resume();
    await Promise.all([last, another, back].map((client) => client.close()));
  },
);

natsTest(
  'clients of an engine that is killed or ends get their sessions, whichever engine has them by then',
  async (t) => {
    const cluster = await TestCluster.start(t);
    const [a, b] = [await cluster.addProcess(), await cluster.addProcess()];
    const [c, d] = [await cluster.addEngine(), await cluster.addEngine()];
    const tasks = ['One', 'Two'].map((word) => `${word}: Emit 600 events, 1 every 100 ms`);
    const begin = async (engine: Engine, of: string) => {
      const clients = await Promise.all(tasks.map((task) => sendTask(engine, `${of} ${task}`)));
      await Promise.all(clients.map(isAtWork));
      return clients;
    };
    const comeBack = (of: string) =>
      Promise.all(tasks.map((task, at) => sendTask(at % 2 === 0 ? c : d, `${of} ${task}`)));
    const idsOf = (clients: readonly TestClient[]) => clients.map(({ sessionId }) => sessionId);
    const [ofKilled, ofEnding] = [await begin(a, 'a'), await begin(b, 'b')];
    const ended = b.terminate();
    await a.kill();
    await Promise.all([...ofKilled, ...ofEnding].map(({ closed }) => closed));
    const [killed, given] = await Promise.all([comeBack('a'), comeBack('b')]);
    assert.deepEqual(idsOf(killed), idsOf(ofKilled));
    assert.deepEqual(idsOf(given), idsOf(ofEnding));
    await ended;
    await Promise.all([...killed, ...given].map((client) => client.close()));
  },
);
