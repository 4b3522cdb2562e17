// One client's events: whatever is live, stored or cut at whatever moment, it gets each once, in order, without gaps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../../schema/limits.ts';
import type { NumberedFrames } from '../sessions/directory.ts';
import { Feed, replayChunkBytes, replayPendingFramesMax } from './feed.ts';

const makeFrames = (first: number, last: number): NumberedFrames[] =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => ({
    epoch: 1,
    sequence: first + at,
    frames: [`${first + at}`],
    isLast: false,
  }));

type Reading = { afterSequence: number; page?: NumberedFrames[]; resolve(page: NumberedFrames[]): void };

type Connection = { feed: Feed; isOpen: boolean; isReplaying: boolean };

/** Resolves once everything that is due has run. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A session's events, committed to PostgreSQL and then passed to the main thread, and one client of the session. */
class FeedStage {
  committed = 0;
  passed = 0;
  /** The sequences that the client got, over all its connections. */
  readonly received: number[] = [];
  #connection: Connection | undefined;
  #readings: Reading[] = [];
  #hasLost = false;
  #roomWaiters: ((isOpen: boolean) => void)[] = [];

  get isReplaying(): boolean {
    return this.#connection?.isReplaying ?? false;
  }

  commit(count: number): void {
    this.committed += count;
  }

  /** Frames of committed rows reach the main thread, and the client if it is there. */
  pass(count: number): void {
    const last = Math.min(this.committed, this.passed + count);
    const frames = makeFrames(this.passed + 1, last);
    this.passed = last;
    if (frames.length > 0) this.#connection?.feed.deliver(frames);
  }

  /** Frames of committed rows are lost on their way, or were stored by another engine. */
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
    const read = (afterSequence: number) =>
      new Promise<NumberedFrames[]>((resolve) => this.#readings.push({ afterSequence, resolve }));
    void connection.feed.replay(position, read).then(() => {
      connection.isReplaying = false;
    });
  }

  cut(): void {
    if (this.#connection) this.#connection.isOpen = false;
    this.#connection = undefined;
    for (const resolve of this.#roomWaiters.splice(0)) resolve(false);
  }

  /** PostgreSQL answers the reads that wait; the pages are on their way. */
  readRows(): void {
    for (const reading of this.#readings) {
      const { afterSequence } = reading;
      const last = Math.min(this.committed, afterSequence + limits.replayPageRows);
      reading.page ??= makeFrames(afterSequence + 1, last);
    }
  }

  /** The pages that were read arrive. */
  deliverPages(): void {
    const arriving = this.#readings.filter((reading) => reading.page);
    this.#readings = this.#readings.filter((reading) => !reading.page);
    for (const { page, resolve } of arriving) resolve(page ?? []);
  }

  /** The socket takes more. */
  makeRoom(): void {
    for (const resolve of this.#roomWaiters.splice(0)) resolve(true);
  }

  /** Everything that is on its way arrives. */
  async finish(): Promise<void> {
    this.attach();
    if (this.#hasLost) this.commit(1); // The next event shows that something is missing.
    this.pass(this.committed);
    for (let round = 0; round < 200 && this.isReplaying; round++) {
      this.readRows();
      this.deliverPages();
      this.makeRoom();
      await settle();
    }
    assert.equal(this.isReplaying, false, 'the replay ends');
  }

  #connect(): Connection {
    const connection: Connection = { feed: new Feed(), isOpen: true, isReplaying: false };
    connection.feed.start({
      send: (frames) => {
        if (!connection.isOpen) return;
        this.received.push(...frames.map((frame) => frame.sequence));
      },
      waitForRoom: () =>
        new Promise((resolve) => (connection.isOpen ? this.#roomWaiters.push(resolve) : resolve(false))),
      waitUntilTaken: () =>
        new Promise((resolve) => (connection.isOpen ? this.#roomWaiters.push(resolve) : resolve(false))),
      catchUp: (position) => this.#replay(connection, position),
    });
    this.#connection = connection;
    return connection;
  }
}

type Action =
  | { name: 'commit' | 'pass' | 'lose'; count: number }
  | { name: 'readRows' | 'deliverPages' | 'makeRoom' | 'cut' | 'attach' };

const overflowing = replayPendingFramesMax + 1;
const anyCount = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.constantFrom(replayPendingFramesMax, overflowing, limits.replayPageRows, limits.replayPageRows + 1),
);
const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ name: fc.constantFrom('commit', 'pass'), count: anyCount }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('lose'), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 3, arbitrary: fc.record({ name: fc.constantFrom('readRows', 'deliverPages', 'makeRoom') }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom('cut', 'attach') }) },
);

async function perform(stage: FeedStage, action: Action): Promise<void> {
  if ('count' in action) stage[action.name](action.count);
  else stage[action.name]();
  await settle();
}

const inOrder = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

test('a client gets the same events whenever its socket is cut and in whatever order pages and live frames arrive', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAction, { maxLength: 40, size: 'max' }), async (actions) => {
      const stage = new FeedStage();
      stage.begin();
      for (const action of actions) await perform(stage, action);
      await stage.finish();
      assert.deepEqual(stage.received, inOrder(stage.committed));
    }),
    { numRuns: 400 },
  );
});

test('a client has at every moment the session’s first events, in order, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAction, { maxLength: 40, size: 'max' }), async (actions) => {
      const stage = new FeedStage();
      stage.commit(limits.replayPageRows);
      stage.pass(3);
      stage.attach();
      for (const action of actions) {
        await perform(stage, action);
        assert.deepEqual(stage.received, inOrder(stage.received.length));
        assert.ok(stage.received.length <= stage.committed);
      }
    }),
    { numRuns: 200 },
  );
});

test('a client gets live frames that are too many to hold during a replay from the stored rows', async () => {
  const stage = new FeedStage();
  stage.commit(10);
  stage.pass(10);
  stage.attach();
  stage.readRows();
  for (let batch = 0; batch < 5; batch++) {
    stage.commit(overflowing);
    stage.pass(overflowing);
  }
  await settle();
  await stage.finish();
  assert.deepEqual(stage.received, inOrder(10 + 5 * overflowing));
});

test('a client loses no frame when too many were held before the first page', async () => {
  const stage = new FeedStage();
  stage.attach();
  stage.commit(overflowing);
  stage.pass(overflowing);
  stage.commit(2);
  stage.pass(2);
  await stage.finish();
  assert.deepEqual(stage.received, inOrder(overflowing + 2));
});

test('a client gets its history in chunks that its socket has room for, however large the frames', async () => {
  const chunks: number[][] = [];
  const roomWaiters: ((isOpen: boolean) => void)[] = [];
  const feed = new Feed();
  feed.start({
    send: (frames) => chunks.push(frames.map(({ sequence }) => sequence)),
    waitForRoom: () => new Promise((resolve) => roomWaiters.push(resolve)),
    waitUntilTaken: () => assert.fail('There is no other page.'),
    catchUp: () => assert.fail('Nothing is missing.'),
  });
  const frameOf = (bytes: number) => 'ä'.repeat(bytes / 2);
  const sizes = [1 / 4, 1 / 4, 1 / 2, 1 / 2, 1 / 8, 2, 1 / 8];
  const page = sizes.map((size, at) => ({
    epoch: 1,
    sequence: at + 1,
    frames: [frameOf(size * replayChunkBytes)],
    isLast: false,
  }));
  feed.hold();
  void feed.replay(0, async () => page);
  const expected = [[1, 2, 3], [4, 5], [6], [7]];
  for (let sent = 1; sent <= expected.length; sent++) {
    await settle();
    assert.deepEqual(chunks, expected.slice(0, sent));
    roomWaiters.pop()?.(true);
  }
});

test('a client that does not take a page has no other page read for it', async () => {
  const asked: number[] = [];
  let take: (isOpen: boolean) => void = () => assert.fail('Nothing was awaited.');
  const feed = new Feed();
  feed.start({
    send: () => undefined,
    waitForRoom: async () => true,
    waitUntilTaken: () =>
      new Promise((resolve) => {
        take = resolve;
      }),
    catchUp: () => undefined,
  });
  feed.hold();
  void feed.replay(0, async (afterSequence) => {
    asked.push(afterSequence);
    return makeFrames(afterSequence + 1, afterSequence + limits.replayPageRows);
  });
  await settle();
  assert.deepEqual(asked, [0]);
  take(true);
  await settle();
  assert.deepEqual(asked, [0, limits.replayPageRows]);
});

test('a client that has everything gets nothing again', async () => {
  const stage = new FeedStage();
  stage.begin();
  stage.commit(5);
  stage.pass(5);
  stage.cut();
  await stage.finish();
  assert.deepEqual(stage.received, inOrder(5));
});

test('a session’s last frame is still marked as the last after a replay that held it', async () => {
  const sent: NumberedFrames[] = [];
  const feed = new Feed();
  feed.start({
    send: (frames) => sent.push(...frames),
    waitForRoom: async () => true,
    waitUntilTaken: async () => true,
    catchUp: () => undefined,
  });
  feed.hold();
  const replayed = feed.replay(0, async () => makeFrames(1, 2));
  feed.deliver([{ epoch: 1, sequence: 3, frames: ['3'], isLast: true }]);
  await replayed;
  assert.deepEqual(
    sent.map((frame) => frame.isLast),
    [false, false, true],
  );
});

test('a client gets events that were lost on their way from the stored rows, before the next one', async () => {
  const stage = new FeedStage();
  stage.begin();
  stage.commit(10);
  stage.pass(6);
  stage.lose(2);
  stage.pass(1);
  assert.deepEqual(stage.received, inOrder(6));
  stage.readRows();
  stage.deliverPages();
  await settle();
  stage.makeRoom();
  await settle();
  assert.deepEqual(stage.received, inOrder(10));
  stage.pass(1);
  assert.deepEqual(stage.received, inOrder(10));
});

test('a client gets the events after one that is stored nowhere any more', async () => {
  const sent: number[] = [];
  const asked: number[] = [];
  const feed = new Feed();
  feed.start({
    send: (frames) => sent.push(...frames.map(({ sequence }) => sequence)),
    waitForRoom: async () => true,
    waitUntilTaken: async () => true,
    catchUp: (position) => {
      asked.push(position);
      void feed.replay(position, async () => []);
    },
  });
  feed.deliver(makeFrames(1, 3));
  feed.deliver(makeFrames(5, 6));
  await settle();
  feed.deliver(makeFrames(7, 7));
  assert.deepEqual([sent, asked], [[1, 2, 3, 5, 6, 7], [3]]);
});

test('what another engine has stored is read once it is known of, and nothing is read again', async () => {
  const asked: number[] = [];
  const received: number[] = [];
  const feed = new Feed();
  feed.start({
    send: (frames) => received.push(...frames.map(({ sequence }) => sequence)),
    waitForRoom: async () => true,
    waitUntilTaken: async () => true,
    catchUp: (position) => {
      asked.push(position);
      void feed.replay(position, async (after) => makeFrames(after + 1, 5));
    },
  });
  feed.deliver(makeFrames(1, 3));
  feed.expect(3);
  feed.expect(5);
  feed.expect(5);
  await settle();
  feed.expect(5);
  assert.deepEqual([asked, received], [[3], [1, 2, 3, 4, 5]]);
});
