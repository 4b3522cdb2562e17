// A conversation that grows long: what is shortened, what never is, and how seldom its beginning changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ContextEntry } from '../models/model.ts';
import { answer, anyContext, summary, user } from '../testing/conversation.ts';
import {
  fitConversation,
  isDueForSummary,
  newestAnswersKept,
  shortenedCharsMax,
  tokensOf,
  tokensOfText,
} from './compaction.ts';

/** One step: a command that printed so many characters. */
const step = (chars: number, at = 0): ContextEntry =>
  answer({ name: 'shell', input: { command: `cat ${at}` }, result: `${at} ${'x'.repeat(chars)} end ${at}` });

const steps = (count: number, chars: number): ContextEntry[] =>
  Array.from({ length: count }, (_, at) => step(chars, at));

const textsOf = (entry: ContextEntry | undefined): string[] =>
  entry?.kind === 'answer' ? entry.calls.map(({ observation }) => observation.text) : [];

test('a conversation of ordinary length is given as it is', () => {
  const context = [user(), ...steps(20, 1_000)];
  assert.equal(fitConversation(context, 20_000), context);
  assert.equal(fitConversation(context, Number.POSITIVE_INFINITY), context);
  assert.equal(fitConversation([], 0).length, 0);
});

test('tokens are estimated by bytes, so that no script counts for too little', () => {
  assert.equal(tokensOfText('x'.repeat(350)), 100);
  assert.ok(tokensOfText('漢'.repeat(100)) > 80);
  assert.ok(tokensOf([user('x'.repeat(3_500))]) >= 1_000);
  const made = answer({ name: 'write', input: { content: 'x'.repeat(3_500) }, result: 'y'.repeat(3_500) });
  assert.ok(tokensOf([made]) >= 2_000);
});

test('older observations are shortened to their beginning and end, and say by how much', () => {
  const context = [user('Do it'), ...steps(40, 3_500)];
  const result = fitConversation(context, 50_000);
  assert.ok(tokensOf(result) <= 50_000);
  const [first = ''] = textsOf(result[1]);
  assert.ok(first.length <= shortenedCharsMax);
  assert.match(first, /^0 x+\n\[… 2\d{3} characters left out to save room …\]\nx+ end 0$/);
  assert.equal(result.at(-1), context.at(-1));
});

test('a growing conversation begins with the whole last request, but for a change every so many steps', () => {
  const sizes = fc.array(fc.integer({ min: 1_500, max: 3_500 }), { minLength: 200, maxLength: 200 });
  const tokensMax = 100_000;
  /** Two fifths of the budget, in the largest steps. */
  const stepsBetween = Math.floor((0.4 * tokensMax) / tokensOf([step(3_500, 199)]));
  assert.ok(stepsBetween >= 30);
  void fc.assert(
    fc.property(sizes, (chars) => {
      const context: ContextEntry[] = [user()];
      let last: readonly ContextEntry[] = [];
      const changes: number[] = [];
      chars.forEach((size, at) => {
        context.push(step(size, at));
        if (at % 50 === 25) context.push(user(`And ${at}`));
        const next = fitConversation(context, tokensMax);
        assert.ok(tokensOf(next) <= tokensMax);
        if (!isPrefix(last, next)) changes.push(at);
        last = next;
      });
      assert.ok(changes.length >= 2, 'It never had to be shortened, so this shows nothing.');
      const between = changes.slice(1).map((at, n) => at - (changes[n] ?? 0));
      assert.ok(Math.min(...between) >= stepsBetween, changes.join());
    }),
    { numRuns: 5 },
  );
});

const isPrefix = (before: readonly ContextEntry[], after: readonly ContextEntry[]): boolean =>
  before.every((entry, at) => entry === after[at] || textsOf(entry).join() === textsOf(after[at]).join());

test('messages of the user, summaries and the newest answers stay whole, and everything stays in its place', () => {
  void fc.assert(
    fc.property(anyContext, fc.nat(20_000), (context, tokensMax) => {
      const result = fitConversation(context, tokensMax);
      assert.equal(result.length, context.length);
      const answers = context.filter(({ kind }) => kind === 'answer');
      const newest = new Set(answers.slice(-newestAnswersKept));
      for (const [at, entry] of context.entries()) {
        const kept = result[at];
        if (entry.kind !== 'answer' || newest.has(entry)) {
          assert.equal(kept, entry);
          continue;
        }
        assert.ok(kept?.kind === 'answer');
        assert.deepEqual(kept.calls.map(idsOf), entry.calls.map(idsOf));
      }
    }),
  );
});

const idsOf = ({ call, observation }: { call: { id: string; name: string }; observation: { isError: boolean } }) => [
  call.id,
  call.name,
  observation.isError,
];

test('a shortened conversation fits whenever it can', () => {
  const work = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 20 });
  let fits = 0;
  void fc.assert(
    fc.property(anyContext, work, fc.integer({ min: 1, max: 20_000 }), (some, sizes, tokensMax) => {
      const context = [...some, ...sizes.map(step)];
      const result = fitConversation(context, tokensMax);
      const least = tokensOf(fitConversation(context, 1));
      if (least <= tokensMax) assert.ok(tokensOf(result) <= tokensMax);
      else assert.equal(tokensOf(result), least);
      if (least <= tokensMax && tokensOf(context) > tokensMax) fits++;
    }),
    { numRuns: 300 },
  );
  assert.ok(fits > 30, `Only ${fits} had to be made to fit, so this shows little.`);
});

test('where shortened observations are still too much, the texts of older calls are cut too', () => {
  const writes = Array.from({ length: 30 }, (_, at) =>
    answer({ name: 'write', input: { path: `f${at}`, content: 'x'.repeat(3_500) }, result: 'Wrote it.' }),
  );
  const result = fitConversation([user(), ...writes], 20_000);
  assert.ok(tokensOf(result) <= 20_000);
  const [first] = result.flatMap((entry) => (entry.kind === 'answer' ? entry.calls : []));
  assert.match(JSON.stringify(first?.call.input), /^\{"path":"f0","content":"x+\\n\[… \d+ characters left out/);
});

test('a summary is due when shortening is not enough, and not again once it was made', () => {
  const tokensMax = 50_000;
  const long = [user(), ...steps(200, 3_500)];
  assert.equal(isDueForSummary([user(), ...steps(40, 3_500)], tokensMax), false);
  assert.equal(isDueForSummary(long, tokensMax), true);
  assert.equal(isDueForSummary([summary('x'.repeat(10_000)), ...long.slice(-5)], tokensMax), false);
  assert.equal(isDueForSummary(long, Number.POSITIVE_INFINITY), false);
});

test('no summary is due where there is no work to sum up', () => {
  assert.equal(isDueForSummary([user('x'.repeat(100_000))], 10_000), false);
  assert.equal(isDueForSummary([summary('x'.repeat(100_000)), user()], 10_000), false);
  assert.equal(isDueForSummary([], 0), false);
});
