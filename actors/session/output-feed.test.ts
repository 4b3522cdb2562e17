// What a command prints reaches live sockets while it runs: in order, masked, and never faster than they can read.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { Masking } from '../../schema/rules/masking.ts';
import { liveOutputCharsMax, liveOutputIntervalMs, OutputFeed } from './output-feed.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
afterEach(() => mock.timers.reset());

function createFeed({ secrets = [] as string[], isDue = Promise.resolve(true) } = {}) {
  const sent: [text: string, skippedChars: number][] = [];
  const send = (text: string, skippedChars: number) => void sent.push([text, skippedChars]);
  const feed = new OutputFeed({ masking: new Masking(secrets), waitUntilStored: () => isDue, sendText: send });
  const says = (text: string) => feed.addOutput(Buffer.from(text));
  return { feed, sent, says };
}

const passLoop = () => new Promise((resolve) => setImmediate(resolve));
const passInterval = () => mock.timers.tick(liveOutputIntervalMs);

test('output comes while the command runs, what was printed in between together', async () => {
  const { feed, sent, says } = createFeed();
  await passLoop();
  says('one\n');
  says('two\n');
  assert.deepEqual(sent, []);
  passInterval();
  assert.deepEqual(sent, [['one\ntwo\n', 0]]);
  says('three\n');
  feed.endOutput();
  assert.deepEqual(sent.at(-1), ['three\n', 0]);
});

test('nothing overtakes the event of its command, and nothing comes for a session that has another owner', async () => {
  const due = Promise.withResolvers<boolean>();
  const { sent, says } = createFeed({ isDue: due.promise });
  says('early\n');
  passInterval();
  assert.deepEqual(sent, []);
  due.resolve(true);
  await passLoop();
  assert.deepEqual(sent, [['early\n', 0]]);

  const lost = createFeed({ isDue: Promise.resolve(false) });
  await passLoop();
  lost.says('late\n');
  passInterval();
  lost.feed.endOutput();
  assert.deepEqual(lost.sent, []);
});

test('of a flood of output the newest is shown, and how much was left out', async () => {
  const { sent, says } = createFeed();
  await passLoop();
  for (let n = 0; n < 50; n++) says('x'.repeat(1_000));
  says('end');
  passInterval();
  const [[text, skippedChars] = ['', 0]] = sent;
  assert.equal(text.length, liveOutputCharsMax);
  assert.ok(text.endsWith('xend'));
  assert.equal(text.length + skippedChars, 50_003);
});

test('a character and a secret that come in two pieces are shown whole, the secret masked', async () => {
  const { feed, sent, says } = createFeed({ secrets: ['ghp_canary_1'] });
  await passLoop();
  const euro = Buffer.from('€');
  feed.addOutput(euro.subarray(0, 1));
  passInterval();
  feed.addOutput(euro.subarray(1));
  says(' token ghp_can');
  passInterval();
  says('ary_1 end');
  feed.endOutput();
  assert.equal(sent.map(([text]) => text).join(''), '€ token [secret] end');
});
