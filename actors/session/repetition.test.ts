// An agent that repeats itself is told once, and stopped when it goes on; one that works is left alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ContextEntry } from '../models/model.ts';
import { answer as answerOf, summary, user } from '../testing/conversation.ts';
import { everyTool } from '../tools/tool-set.ts';
import { findRepetition, type Repetition } from './repetition.ts';

type Made = [name: string, result: string, isError?: boolean];

const answer = (...made: Made[]): ContextEntry =>
  answerOf(...made.map(([name, result, isError = false]) => ({ name, input: { command: name }, result, isError })));
const repeatAnswer = (count: number, ...made: Made[]) => Array.from({ length: count }, () => answer(...made));

const repetitionOf = (context: readonly ContextEntry[]): Repetition => findRepetition(context, everyTool);

/** What is said after each answer of a turn. */
const findKinds = (...answers: ContextEntry[]) =>
  answers.map((_, at) => repetitionOf([user(), ...answers.slice(0, at + 1)]).kind);

test('the same call with the same result is told at the fourth time and stopped at the fifth', () => {
  assert.deepEqual(findKinds(...repeatAnswer(5, ['ls', 'a'])), ['fine', 'fine', 'fine', 'warn', 'stop']);
  const told = repetitionOf([user(), ...repeatAnswer(4, ['ls', 'a'])]);
  assert.ok(told.kind === 'warn');
  assert.match(
    told.notice,
    /^The same call of ls gave the same result 4 times in a row\. Once more, and the turn is ended\./,
  );
  const stopped = repetitionOf([user(), ...repeatAnswer(5, ['ls', 'a'])]);
  assert.ok(stopped.kind === 'stop');
  assert.equal(stopped.reason, 'The same call of ls gave the same result 4 times in a row.');
});

/** The same answer, whose result came after a while. */
const markWaited = (entry: ContextEntry): ContextEntry =>
  entry.kind === 'answer' ? { ...entry, calls: entry.calls.map((call) => ({ ...call, hasWaited: true })) } : entry;

test('an agent that waits for something may look as often as it likes', () => {
  const looks = repeatAnswer(20, ['tail', 'nothing yet']).map(markWaited);
  assert.ok(findKinds(...looks).every((kind) => kind === 'fine'));
  const between = Array.from({ length: 20 }, (_, at) =>
    at % 2 ? answer(['tail', 'x']) : markWaited(answer(['sleep', ''])),
  );
  assert.ok(findKinds(...between).every((kind) => kind === 'fine'));
  const failing = repeatAnswer(5, ['curl', 'refused', true]).map(markWaited);
  assert.ok(findKinds(...failing).every((kind) => kind === 'fine'));
  const impatient = [...looks, ...repeatAnswer(5, ['tail', 'nothing yet'])];
  assert.deepEqual(findKinds(...impatient).slice(-2), ['warn', 'stop']);
});

test('another result, another input or another call in between is no repetition', () => {
  const waiting = ['1 %', '2 %', '3 %', '4 %', '5 %'].map((text) => answer(['status', text]));
  assert.ok(findKinds(...waiting).every((kind) => kind === 'fine'));
  const others = [...repeatAnswer(3, ['ls', 'a']), answer(['cat', 'b']), ...repeatAnswer(3, ['ls', 'a'])];
  assert.ok(findKinds(...others).every((kind) => kind === 'fine'));
});

test('an agent that does something else after it was told is left alone, and told again at the next repetition', () => {
  const kinds = findKinds(...repeatAnswer(4, ['ls', 'a']), answer(['cat', 'b']), ...repeatAnswer(5, ['pwd', '/']));
  assert.deepEqual(kinds, [...Array(3).fill('fine'), 'warn', 'fine', ...Array(3).fill('fine'), 'warn', 'stop']);
});

test('two calls in turn are told after four times, whether in one answer or in two', () => {
  const alternating = repeatAnswer(5, ['edit', 'done'], ['test', 'failed']);
  assert.deepEqual(findKinds(...alternating), ['fine', 'fine', 'fine', 'warn', 'stop']);
  const single = Array.from({ length: 9 }, (_, at) => answer(at % 2 ? ['test', 'failed'] : ['edit', 'done']));
  assert.deepEqual(findKinds(...single), [...Array(7).fill('fine'), 'warn', 'stop']);
  const told = repetitionOf([user(), ...single.slice(0, 8)]);
  assert.ok(told.kind === 'warn');
  assert.match(told.notice, /same 2 calls, of edit, test, .* 4 times in turn/);
});

test('three or four calls in turn are told too', () => {
  for (const names of [
    ['a', 'b', 'c'],
    ['a', 'b', 'c', 'd'],
  ]) {
    const cycle = Array.from({ length: 4 * names.length + 1 }, (_, at) =>
      answer([names[at % names.length] ?? '', 'x']),
    );
    assert.deepEqual(findKinds(...cycle), [...Array(cycle.length - 2).fill('fine'), 'warn', 'stop'], names.join());
  }
});

const read = (input: unknown, result: string, name = 'read') => answerOf({ name, input, result, isError: true });

test('the same call that fails in the same way is told at the third time and stopped at the fourth', () => {
  const failing = [1, 2, 3, 4].map((at) => read({ path: 'a' }, `The disk failed at ${at} ms.`));
  assert.deepEqual(findKinds(...failing), ['fine', 'fine', 'warn', 'stop']);
  const otherwise = ['a', 'b', 'c', 'd'].map((what) => read({ path: 'a' }, `The disk failed: ${what}.`));
  assert.ok(findKinds(...otherwise).every((kind) => kind === 'fine'));
});

test('an agent that looks for files where they could be learns with each that is missing', () => {
  const missing = ['a1.txt', 'a2.txt', 'a3.txt', 'b.txt', 'c.txt'].map((path) =>
    read({ path }, 'There is no file at that path.'),
  );
  assert.ok(findKinds(...missing).every((kind) => kind === 'fine'));
});

test('calls that can’t run, of no tool or of wrong input, show nothing new however they differ', () => {
  const noTool = [1, 2, 3, 4].map((at) => read({ at }, 'There is no tool named "teleport".', 'teleport'));
  assert.deepEqual(findKinds(...noTool), ['fine', 'fine', 'warn', 'stop']);
  const wrong = ['ls', 'cat a', 'pwd', 'id'].map((cmd) => read({ cmd }, 'The call of shell is invalid.', 'shell'));
  assert.deepEqual(findKinds(...wrong), ['fine', 'fine', 'warn', 'stop']);
});

test('what one answer asks for at once, before it saw anything fail, counts once', () => {
  const missing = (name: string): Made => [name, 'There is no file at that path.', true];
  assert.equal(repetitionOf([user(), answer(missing('a'), missing('b'), missing('c'), missing('d'))]).kind, 'fine');
  assert.equal(repetitionOf([user(), answer(...Array<Made>(8).fill(['ls', 'a']))]).kind, 'fine');
  const partly = repeatAnswer(4, missing('a'), ['ls', 'a']).map((entry, at) =>
    at % 2 ? entry : answer(missing('a'), ['ls', `${at}`]),
  );
  assert.ok(findKinds(...partly).every((kind) => kind === 'fine'));
});

test("the user's next message begins anew", () => {
  const repeated = repeatAnswer(4, ['ls', 'a']);
  assert.equal(repetitionOf([user(), ...repeated, user('Again')]).kind, 'fine');
  assert.equal(repetitionOf([user(), ...repeated, user('Again'), ...repeatAnswer(3, ['ls', 'a'])]).kind, 'fine');
  assert.equal(repetitionOf([user(), ...repeated, user('Again'), ...repeatAnswer(4, ['ls', 'a'])]).kind, 'warn');
});

test('a turn whose beginning is in a summary is judged by the rest; an empty turn is fine', () => {
  assert.equal(repetitionOf([summary(), ...repeatAnswer(4, ['ls', 'a'])]).kind, 'warn');
  assert.equal(repetitionOf([]).kind, 'fine');
  assert.equal(repetitionOf([user(), answer(), answer(), answer(), answer()]).kind, 'fine');
});

test('no agent is stopped that was not told one answer before, and a restart changes nothing', () => {
  const made = fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'), fc.boolean());
  const block = fc.tuple(fc.array(fc.array(made, { minLength: 1, maxLength: 2 }), { maxLength: 2 }), fc.nat(6));
  const turns = fc
    .array(block, { maxLength: 4 })
    .map((blocks) => blocks.flatMap(([calls, count]) => Array.from({ length: count }, () => calls).flat()));
  let stops = 0;
  void fc.assert(
    fc.property(turns, (turn) => {
      const kinds = findKinds(...turn.map((calls) => answer(...calls)));
      kinds.forEach((kind, at) => {
        if (kind !== 'stop') return;
        stops++;
        assert.notEqual(kinds[at - 1], 'fine');
      });
      const context = [user(), ...turn.map((calls) => answer(...calls))];
      assert.deepEqual(repetitionOf(context), repetitionOf(JSON.parse(JSON.stringify(context)) as ContextEntry[]));
    }),
    { numRuns: 300 },
  );
  assert.ok(stops > 20, `Only ${stops} were stopped, so this shows little.`);
});
