// One client's events: whatever is live, stored or cut at whatever moment, it gets each once, in order, without gaps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import type { NumberedFrames } from '../sessions/directory.ts';
import { Feed, replayChunkBytes, replayPendingFramesMax } from './feed.ts';

const framesFrom = (first: number, last: number): NumberedFrames[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => ({
    sequence: first + at,
    frames: [`${first + at}`],
    isLast: false,
  }));

type Reading = { after: number; page?: NumberedFrames[]; resolve(page: NumberedFrames[]): void };

type Connection = { feed: Feed; isOpen: boolean; isReplaying: boolean };

/** Lets everything that is due run. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A session's events on their way: committed to PostgreSQL, then passed to the main thread; and one client of it. */
class World {
  committed = 0;
  passed = 0;
  /** Sequences as the client got them, over all its connections. */
  readonly received: number[] = [];
  #connection: Connection | undefined;
  #readings: Reading[] = [];
  #hasLost = false;
  #rooms: ((isOpen: boolean) => void)[] = [];

  get isReplaying(): boolean {
    return this.#connection?.isReplaying ?? false;
  }

  commit(count: number): void {
    this.committed += count;
  }

  /** Frames of committed rows reach the main thread, and the client if it is there. */
  pass(count: number): void {
    const last = Math.min(this.committed, this.passed + count);
    const frames = framesFrom(this.passed + 1, last);
    this.passed = last;
    if (frames.length > 0) this.#connection?.feed.deliver(frames);
  }

  /** Frames of committed rows get lost on their way, or were stored by another engine. */
  lose(count: number): void {
    this.passed = Math.min(this.committed, this.passed + count);
    this.#hasLost = true;
  }

  /** The client that makes a session follows it from the first frame on. */
  begin(): void {
    this.#connect();
  }

  /** The client comes back with its position. */
  attach(): void {
    if (this.#connection) return;
    const connection = this.#connect();
    connection.feed.hold();
    this.#replay(connection, this.received.at(-1) ?? 0);
  }

  #replay(connection: Connection, position: number): void {
    connection.isReplaying = true;
    const read = (after: number) => new Promise<NumberedFrames[]>((resolve) => this.#readings.push({ after, resolve }));
    void connection.feed.replay(position, read).then(() => {
      connection.isReplaying = false;
    });
  }

  cut(): void {
    if (this.#connection) this.#connection.isOpen = false;
    this.#connection = undefined;
    for (const resolve of this.#rooms.splice(0)) resolve(false);
  }

  /** PostgreSQL looks at its rows. */
  snapshot(): void {
    for (const reading of this.#readings)
      reading.page ??= framesFrom(reading.after + 1, Math.min(this.committed, reading.after + limits.replayPageRows));
  }

  /** Pages that were read arrive. */
  arrive(): void {
    const arriving = this.#readings.filter((reading) => reading.page);
    this.#readings = this.#readings.filter((reading) => !reading.page);
    for (const { page, resolve } of arriving) resolve(page ?? []);
  }

  /** The socket takes more. */
  makeRoom(): void {
    for (const resolve of this.#rooms.splice(0)) resolve(true);
  }

  /** Everything that is on its way arrives. */
  async finish(): Promise<void> {
    this.attach();
    if (this.#hasLost) this.commit(1); // What comes next shows that something is missing.
    this.pass(this.committed);
    for (let round = 0; round < 200 && this.isReplaying; round++) {
      this.snapshot();
      this.arrive();
      this.makeRoom();
      await settled();
    }
    assert.equal(this.isReplaying, false, 'the replay ends');
  }

  #connect(): Connection {
    const connection: Connection = { feed: this.#feedOf(() => connection), isOpen: true, isReplaying: false };
    this.#connection = connection;
    return connection;
  }

  #feedOf(connection: () => Connection): Feed {
    const isOpen = () => connection().isOpen;
    return new Feed({
      send: (frames) => {
        if (!isOpen()) return;
        this.received.push(...frames.map((frame) => frame.sequence));
      },
      waitForRoom: () => new Promise((resolve) => (isOpen() ? this.#rooms.push(resolve) : resolve(false))),
      catchUp: (position) => this.#replay(connection(), position),
    });
  }
}

type Action =
  | { name: 'commit' | 'pass' | 'lose'; count: number }
  | { name: 'snapshot' | 'arrive' | 'makeRoom' | 'cut' | 'attach' };

const overflowing = replayPendingFramesMax + 1;
const anyCount = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.constantFrom(replayPendingFramesMax, overflowing, limits.replayPageRows, limits.replayPageRows + 1),
);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ name: fc.constantFrom('commit', 'pass'), count: anyCount }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('lose'), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constantFrom('snapshot', 'arrive', 'makeRoom') }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom('cut', 'attach') }) },
);

async function perform(world: World, action: Action): Promise<void> {
  if ('count' in action) world[action.name](action.count);
  else world[action.name]();
  await settled();
}

const inOrder = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

test('any cut of the socket and any order of pages and live frames yields the same events as no cut', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAction, { maxLength: 40 }), async (actions) => {
      const world = new World();
      world.begin();
      for (const action of actions) await perform(world, action);
      await world.finish();
      assert.deepEqual(world.received, inOrder(world.committed));
    }),
    { numRuns: 400 },
  );
});

test('at every moment a client has a beginning of the session’s events and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAction, { maxLength: 40 }), async (actions) => {
      const world = new World();
      world.commit(limits.replayPageRows);
      world.pass(3);
      world.attach();
      for (const action of actions) {
        await perform(world, action);
        assert.deepEqual(world.received, inOrder(world.received.length));
        assert.ok(world.received.length <= world.committed);
      }
    }),
    { numRuns: 200 },
  );
});

test('more live frames than may be held during a replay are read back instead', async () => {
  const world = new World();
  world.commit(10);
  world.pass(10);
  world.attach();
  world.snapshot();
  for (let batch = 0; batch < 5; batch++) {
    world.commit(overflowing);
    world.pass(overflowing);
  }
  await settled();
  await world.finish();
  assert.deepEqual(world.received, inOrder(10 + 5 * overflowing));
});

test('frames held since before the first page are dropped together when too many, and none is lost', async () => {
  const world = new World();
  world.attach();
  world.commit(overflowing);
  world.pass(overflowing);
  world.commit(2);
  world.pass(2);
  await world.finish();
  assert.deepEqual(world.received, inOrder(overflowing + 2));
});

test('history is sent in chunks that a socket has room for, however large its frames', async () => {
  const chunks: number[][] = [];
  const rooms: ((isOpen: boolean) => void)[] = [];
  const feed = new Feed({
    send: (frames) => chunks.push(frames.map(({ sequence }) => sequence)),
    waitForRoom: () => new Promise((resolve) => rooms.push(resolve)),
    catchUp: () => assert.fail('Nothing is missing.'),
  });
  const frameOf = (bytes: number) => 'ä'.repeat(bytes / 2);
  const sizes = [1 / 4, 1 / 4, 1 / 2, 1 / 2, 1 / 8, 2, 1 / 8];
  const page = sizes.map((size, at) => ({
    sequence: at + 1,
    frames: [frameOf(size * replayChunkBytes)],
    isLast: false,
  }));
  feed.hold();
  void feed.replay(0, async () => page);
  const due = [[1, 2, 3], [4, 5], [6], [7]];
  for (let sent = 1; sent <= due.length; sent++) {
    await settled();
    assert.deepEqual(chunks, due.slice(0, sent));
    rooms.pop()?.(true);
  }
});

test('a client that has everything gets nothing twice', async () => {
  const world = new World();
  world.begin();
  world.commit(5);
  world.pass(5);
  world.cut();
  await world.finish();
  assert.deepEqual(world.received, inOrder(5));
});

test('a session’s last frame keeps its mark through a replay that held it', async () => {
  const sent: NumberedFrames[] = [];
  const feed = new Feed({
    send: (frames) => sent.push(...frames),
    waitForRoom: async () => true,
    catchUp: () => undefined,
  });
  feed.hold();
  const replayed = feed.replay(0, async () => framesFrom(1, 2));
  feed.deliver([{ sequence: 3, frames: ['3'], isLast: true }]);
  await replayed;
  assert.deepEqual(
    sent.map((frame) => frame.isLast),
    [false, false, true],
  );
});

test('where the next event is not the next number, what is missing comes first, read from what is stored', async () => {
  const world = new World();
  world.begin();
  world.commit(10);
  world.pass(6);
  world.lose(2);
  world.pass(1);
  assert.deepEqual(world.received, inOrder(6));
  world.snapshot();
  world.arrive();
  await settled();
  world.makeRoom();
  await settled();
  assert.deepEqual(world.received, inOrder(10));
  world.pass(1);
  assert.deepEqual(world.received, inOrder(10));
});

test('an event that nobody has any more holds up none that come after it', async () => {
  const sent: number[] = [];
  const asked: number[] = [];
  const feed: Feed = new Feed({
    send: (frames) => sent.push(...frames.map(({ sequence }) => sequence)),
    waitForRoom: async () => true,
    catchUp: (position) => {
      asked.push(position);
      void feed.replay(position, async () => []);
    },
  });
  feed.deliver(framesFrom(1, 3));
  feed.deliver(framesFrom(5, 6));
  await settled();
  feed.deliver(framesFrom(7, 7));
  assert.deepEqual([sent, asked], [[1, 2, 3, 5, 6, 7], [3]]);
});
