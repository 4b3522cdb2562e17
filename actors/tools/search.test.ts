// Searching: the command line that is made, and what is made of its output; that it finds is in the integration test.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import type { RunOptions, RunResult } from '../../sandbox/sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { cutText } from '../../schema/rules/text.ts';
import { callOf, observeCall, runCall } from '../testing/tool-calls.ts';
import { searchTimeoutMs } from './search.ts';
import { SearchOutput, searchCharsMax, searchLineCharsMax, searchMatchesMax } from './search-output.ts';

class AnsweringSandbox extends MemorySandbox {
  override readonly root = "/srv/it's here";
  readonly asked: { command: string; timeoutMs: number }[] = [];
  readonly #end: Outcome<RunResult>;

  constructor(output: string | Outcome<RunResult>, exitCode = 0) {
    super();
    this.#end = typeof output === 'string' ? succeeded({ kind: 'exited', output, exitCode }) : output;
  }

  override async run(command: string, { timeoutMs }: RunOptions): Promise<Outcome<RunResult>> {
    this.asked.push({ command, timeoutMs });
    return this.#end;
  }
}

test('a search records its pattern and where, and then the lines that match', async () => {
  const sandbox = new AnsweringSandbox('./src/a.ts\x007:  const x = 1;\n./b:c.md\x001:x: y\r\n');
  const call = callOf('search', { pattern: 'x', path: 'src/..' });
  assert.deepEqual(await runCall(call, sandbox), {
    action: { eventType: 'SearchAction', content: 'x', metadata: { path: '/workspace', toolCall: call } },
    observation: {
      eventType: 'SearchObservation',
      content: 'src/a.ts:7:   const x = 1;\nb:c.md:1: x: y\n',
      metadata: { path: '/workspace', toolCallId: 'call-1' },
    },
  });
});

test('the command names everything in quotes, behind the end of options, from the root of the workspace', async () => {
  const sandbox = new AnsweringSandbox('');
  const input = { pattern: "-e 'x'", path: '-r f', glob: '*.ts; rm -rf /', ignoreCase: true };
  await observeCall('search', input, sandbox, { commandTimeoutMs: 3_600_000 });
  const [asked] = sandbox.asked;
  assert.ok(asked);
  assert.equal(asked.timeoutMs, searchTimeoutMs);
  assert.ok(asked.command.includes(`cd -- '/srv/it'\\''s here' `));
  assert.equal(asked.command.split(`-- '-e '\\''x'\\''' './-r f'`).length, 3);
  assert.ok(asked.command.includes("--ignore-case --glob='*.ts; rm -rf /' --glob='!.git' "));
  await observeCall('search', { pattern: 'x', glob: '!src/**/*.py' }, sandbox);
  assert.ok(sandbox.asked[1]?.command.includes("--exclude='*.py' "));
});

test('nothing found is an answer; a search that failed is an error with what it said', async () => {
  const observed = async (...end: ConstructorParameters<typeof AnsweringSandbox>) => {
    const { eventType, content } = await observeCall('search', { pattern: '(' }, new AnsweringSandbox(...end));
    return [eventType, content];
  };
  assert.deepEqual(await observed('', 1), ['SearchObservation', 'No line matches.\n']);
  assert.deepEqual(await observed('[a note]\n', 1), ['SearchObservation', 'No line matches.\n[a note]\n']);
  const wrong = 'regex parse error:\n    (\n    ^\nerror: unclosed group\n';
  assert.deepEqual(await observed(wrong, 2), ['ErrorObservation', `The search failed. ${wrong.trimEnd()}`]);
  assert.deepEqual(await observed('a\x001:(\nrg: b: Permission denied\n', 2), [
    'SearchObservation',
    'a:1: (\nrg: b: Permission denied\n',
  ]);
  const timedOut = await observed(succeeded({ kind: 'timedOut', output: '', limitMs: 30_000 }));
  assert.match(timedOut.join(), /^ErrorObservation,The search took longer than 10 s .* a glob\.$/);
  assert.match((await observed(succeeded({ kind: 'cancelled', output: '' }))).join(), /interrupted/);
  assert.match((await observed(failed('sandboxFailed', 'Gone.'))).join(), /^ErrorObservation,Gone\.$/);
});

test('of very many matches the first are shown, and that there are more', async () => {
  const lines = (count: number) => Array.from({ length: count }, (_, at) => `./f\x00${at + 1}:x\n`).join('');
  const shown = async (count: number) =>
    (await observeCall('search', { pattern: 'x' }, new AnsweringSandbox(lines(count)))).content;
  assert.equal((await shown(searchMatchesMax)).split('\n').length, searchMatchesMax + 1);
  const cut = await shown(searchMatchesMax + 1);
  assert.match(cut, /\nf:200: x\n\[More than 200 lines match; these are the first\. Ask more precisely\.\]\n$/);
});

test('a path that leads out of the workspace, and a pattern with NUL, are refused before anything runs', async () => {
  const sandbox = new AnsweringSandbox('');
  for (const input of [
    { pattern: 'x', path: '../y' },
    { pattern: 'x', path: '/etc' },
    { pattern: 'a\0b' },
    { pattern: '' },
  ])
    assert.equal((await observeCall('search', input, sandbox)).eventType, 'ErrorObservation');
  assert.equal(sandbox.asked.length, 0);
});

function outputOf(chunks: readonly Buffer[]): SearchOutput {
  const output = new SearchOutput();
  for (const chunk of chunks) output.addChunk(chunk);
  return output.finishOutput();
}

test('messages are told from matches, and few of them are kept', () => {
  const printed = `${'warning\n'.repeat(50)}./a\x003:x\n\n./not a match:3:x\n./b\x004:y`;
  const { matches, messages, hasMore } = outputOf([Buffer.from(printed)]);
  assert.deepEqual([matches, messages.length, hasMore], [['a:3: x', 'b:4: y'], 10, false]);
});

test('wherever the output is cut into chunks, its lines are the same, and only whole characters are shown', () => {
  const max = searchLineCharsMax;
  const text = fc
    .tuple(fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\t', ':'), maxLength: 8 }), fc.nat({ max: 2 * max }))
    .map(([unit, times]) => unit.repeat(times));
  const name = fc.string({ unit: fc.constantFrom('a', 'é', ' ', '/', ':'), minLength: 1, maxLength: 12 });
  void fc.assert(
    fc.property(
      fc.array(fc.record({ name, text, repeats: fc.constantFrom(1, 30, 100) }), { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (found, cuts) => {
        const paths = found.map((match) => `p${match.name.repeat(match.repeats)}`);
        const bytes = Buffer.from(found.map((match, at) => `./${paths[at]}\x00${at + 1}:${match.text}\r\n`).join(''));
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const { matches } = outputOf(places.slice(1).map((end, at) => bytes.subarray(places[at], end)));
        const expected = found.map(({ text: whole }, at) => {
          const shown = whole.length > max ? `${cutText(whole, max)}…` : whole;
          return `${paths[at]}:${at + 1}: ${shown}`;
        });
        assert.deepEqual(matches, expected);
      },
    ),
  );
});

test('what is kept is bounded, whatever is printed: lines without an end, long paths, very many matches', () => {
  const endless = new SearchOutput();
  const chunk = Buffer.from(`./a\x001:${'x'.repeat(1_000_000)}`);
  for (let n = 0; n < 20; n++) endless.addChunk(chunk);
  assert.deepEqual(endless.finishOutput().matches, [`a:1: ${'x'.repeat(searchLineCharsMax)}…`]);
  const deep = 'd/'.repeat(2_000);
  const many = outputOf(Array.from({ length: 150 }, (_, at) => Buffer.from(`./${deep}f\x00${at + 1}:x\n`)));
  assert.ok(many.hasMore && many.matches.length < 150);
  assert.equal(many.matches[0], `${deep}f:1: x`);
  assert.ok(many.matches.join('').length <= searchCharsMax);
});
