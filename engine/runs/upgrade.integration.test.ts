// An engine ends while its clients are busy and another runs beside it: nothing that was acknowledged is lost.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'slonik';
import * as v from 'valibot';
import { openPool } from '../../actors/persistence/database-pool.ts';
import { type Frame, TestClient } from '../testing/client.ts';
import { createTestDatabase } from '../testing/database.ts';
import { signTestToken } from '../testing/engine.ts';
import { startEngineProcess } from '../testing/process.ts';

const Row = v.object({ command_id: v.string() });

/** A client that sends messages one after another, and moves to the next engine when it is told to. */
class BusyClient {
  readonly seen: Frame[] = [];
  readonly acknowledged = new Set<string>();
  readonly closes: number[] = [];
  readonly #name: string;
  #client: TestClient | undefined;
  #said = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async begin(ws: string): Promise<void> {
    this.#client = await TestClient.start(ws, await signTestToken(this.#name), `the task of ${this.#name}`);
    await this.#client.waitForStatus('mock_mode');
  }

  /** Sends messages until its engine has ended; then to the next one, from its position. */
  async sayThrough(next: Promise<{ ws: string }>): Promise<void> {
    await this.#sayUntilClosed(Number.POSITIVE_INFINITY);
    const { epoch, sequence, sessionId } = this.seen.at(-1) as Frame;
    const position = `session_id=${sessionId}&epoch=${epoch}&last_sequence=${sequence}`;
    this.#client = await TestClient.open(`${(await next).ws}?token=${await signTestToken(this.#name)}&${position}`);
    assert.equal((await this.#client.waitForType('attached')).recovered, true);
    await this.#sayUntilClosed(5);
    await this.#client.close();
    this.#heard();
  }

  /** Sends a message that was not acknowledged again, under the same id. */
  async #sayUntilClosed(times: number): Promise<void> {
    const client = this.#client as TestClient;
    let isClosed = false;
    const closing = client.closed.then((code) => {
      isClosed = true;
      this.closes.push(code);
    });
    for (let said = 0; said < times && !isClosed; said++) {
      const id = `${this.#name}-${this.#said}`;
      client.send({ type: 'message', id, content: `message ${id}` });
      const answer = client.waitFor('an answer', (frame) => frame.id === id).catch(() => undefined);
      const frame = await Promise.race([answer, closing]);
      if (frame?.type === 'ack') {
        this.acknowledged.add(id);
        this.#said++;
      } else await delay(20);
    }
    if (isClosed) this.#heard();
  }

  #heard(): void {
    this.seen.push(...(this.#client as TestClient).events);
  }
}

test('an engine that ends under load tells its clients to go on at the next one, and nothing is lost', async (t) => {
  const database = await createTestDatabase();
  const pool = await openPool(database.url, { connectionsMax: 1, statementTimeoutMs: 5_000, onError: () => undefined });
  const environment = { MOCK_STEP_DELAY_MS: '50', HOST_THREADS: '2' };
  const first = await startEngineProcess(database.url, environment);
  const clients = Array.from({ length: 12 }, (_, at) => new BusyClient(`user-${at}`));
  await Promise.all(clients.map((client) => client.begin(first.ws)));
  const next = startEngineProcess(database.url, environment); // Both run for a while, as in a roll-out.
  t.after(async () => {
    await first.kill();
    await (await next).kill();
    await pool.end();
    await database.drop();
  });
  const talking = Promise.all(clients.map((client) => client.sayThrough(next)));
  await next;
  await delay(500);
  const toldAtMs = performance.now();
  assert.equal(await first.terminate(), 0);
  assert.ok(performance.now() - toldAtMs < 30_000);
  await talking;

  const rows = await pool.any(sql.type(Row)`
    SELECT command_id FROM lucid_engine.chat_messages WHERE event_type = 'UserMessage' ORDER BY command_id`);
  const stored = rows.map((row) => row.command_id);
  assert.equal(new Set(stored).size, stored.length);
  for (const { seen, acknowledged, closes } of clients) {
    assert.equal(closes[0], 1001);
    assert.ok(acknowledged.size > 5);
    for (const id of acknowledged) assert.ok(stored.includes(id), id);
    const once = seen.filter(({ type }) => type !== 'ack').map(({ sequence }) => sequence);
    assert.equal(new Set(once).size, once.length, 'only an acknowledgement may come again, to whoever asks again');
    const sequences = [...new Set(seen.map(({ sequence }) => sequence))];
    assert.deepEqual(
      sequences,
      sequences.map((_, at) => at + 1),
    );
  }
});
