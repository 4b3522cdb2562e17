// What is said: kept until it is acknowledged, said again under its id, in order, and never without bounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Outbox } from './outbox.ts';
import type { Said } from './said.ts';

const bounds = { commandsMax: 10, charsMax: 100 };
const message = (id: string, content = id): Said => ({ type: 'message', id, content });
const ids = (said: readonly Said[]) => said.map(({ id }) => id);

test('messages reach the engine in the order they were said, over any losses and refusals', async () => {
  const acts = fc.array(fc.constantFrom('say', 'acknowledge', 'refuse', 'lose'), { maxLength: 60 });
  await fc.assert(
    fc.property(acts, (all) => {
      const outbox = new Outbox<string>(bounds);
      const [stored, sent]: string[][] = [[], []];
      let said = 0;
      for (const act of all) {
        if (act === 'say' && outbox.add(message(`m-${said + 1}`), '')) said++;
        if (act === 'lose') outbox.postponeAll();
        sent?.push(...ids(outbox.takeDue()));
        const last = sent?.at(-1) ?? '';
        if (act === 'refuse') outbox.postpone(last);
        if (act === 'acknowledge' && outbox.settle(last) !== undefined) stored?.push(last);
      }
      assert.deepEqual(
        stored,
        stored?.map((_, at) => `m-${at + 1}`),
      );
    }),
  );
});

test('an interrupt and a stop wait for no message, and are sent again after a loss', () => {
  const outbox = new Outbox<string>(bounds);
  outbox.add(message('m-1'), '');
  outbox.add(message('m-2'), '');
  outbox.add({ type: 'interrupt', id: 'i-1' }, '');
  assert.deepEqual(ids(outbox.takeDue()), ['m-1', 'i-1']);
  assert.deepEqual(outbox.takeDue(), []);
  outbox.postponeAll();
  assert.deepEqual(ids(outbox.takeDue()), ['m-1', 'i-1']);
  outbox.settle('m-1');
  assert.deepEqual(ids(outbox.takeDue()), ['m-2']);
});

test('what is acknowledged is told of once, and unknown answers of nobody', () => {
  const outbox = new Outbox<string>(bounds);
  outbox.add(message('m-1'), 'mine');
  assert.deepEqual([outbox.settle('m-2'), outbox.settle(null), outbox.settle('m-1')], [undefined, undefined, 'mine']);
  assert.equal(outbox.settle('m-1'), undefined);
  assert.equal(outbox.postpone('m-1'), false);
});

test('too many commands, and too long ones, are refused', () => {
  const many = new Outbox<string>(bounds);
  for (let said = 0; said < bounds.commandsMax; said++) assert.ok(many.add(message(`m-${said}`), ''));
  assert.equal(many.add({ type: 'stop', id: 's-1' }, ''), false);
  const long = new Outbox<string>(bounds);
  assert.ok(long.add(message('m-1', 'x'.repeat(60)), ''));
  assert.equal(long.add(message('m-2', 'x'.repeat(60)), ''), false);
  assert.ok(long.add({ type: 'stop', id: 's-1' }, ''));
  assert.deepEqual(long.clear(), ['', '']);
  assert.equal(long.size, 0);
});
