// Nobody spends beyond a budget: people are warned in time, the last step says where things stand, and the next isn't begun.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Budgets } from '../../schema/spending.ts';
import { completed, message, numberEvents, type StoredDraft, task } from '../testing/stored-events.ts';
import { testRecord, testSettings } from '../testing/test-session.ts';
import { type Budget, findBudgetLimit, findWarnings, readBudgets } from './budgets.ts';

const budget = (spentUsd: number, more: Partial<Budget> = {}): Budget => ({
  budgetUsd: 1,
  spentUsd,
  words: 'this session',
  mark: 'session',
  isWarned: false,
  ...more,
});

test('with room for two steps like the last one there is no limit in sight', () => {
  assert.equal(findBudgetLimit([], 5), undefined);
  assert.equal(findBudgetLimit([budget(0.7)], 0.1), undefined);
});

test('with room for one step that one is the last, and without room none is begun', () => {
  const last = findBudgetLimit([budget(0.85)], 0.1);
  assert.deepEqual([last?.isOver, last?.end], [false, 'budget']);
  // The last step costs something, too.
  assert.equal(
    last?.message,
    'The agent was stopped: another step would go beyond the budget of $1.00 for this session.',
  );
  assert.equal(findBudgetLimit([budget(0.95)], 0.1)?.isOver, true);
  assert.equal(findBudgetLimit([budget(1)], 0)?.isOver, true);
  assert.equal(
    findBudgetLimit([budget(0.95)], 0.1)?.message,
    'The agent was stopped: $0.95 of the budget of $1.00 for this session is spent, and another step would go beyond it.',
  );
});

test('of several budgets the tightest counts', () => {
  const today = budget(9.9, { budgetUsd: 10, words: 'this user today' });
  assert.match(findBudgetLimit([budget(0.5), today], 0.06)?.why ?? '', /for this user today/);
});

test('steps that cost no more than the one before never go beyond a budget', async () => {
  const step = fc.double({ min: 0.001, max: 0.5, noNaN: true });
  await fc.assert(
    fc.property(fc.double({ min: 0.001, max: 5, noNaN: true }), step, (budgetUsd, stepUsd) => {
      let spentUsd = 0;
      for (let steps = 0; steps < 10_000; steps++) {
        const limit = findBudgetLimit([budget(spentUsd, { budgetUsd })], stepUsd);
        if (limit?.isOver) break;
        spentUsd += stepUsd;
        if (limit) break;
      }
      assert.ok(spentUsd <= budgetUsd + 1e-9);
    }),
  );
});

test('people are warned once when four fifths are spent', () => {
  assert.deepEqual(findWarnings([budget(0.79)]), []);
  const [warning] = findWarnings([budget(0.8)]);
  assert.match(warning?.notice ?? '', /^\$0\.80 of the budget of \$1\.00 for this session is spent\./);
  assert.deepEqual(findWarnings([budget(0.9, { isWarned: true })]), []);
  const [ofAll] = findWarnings([budget(0.9, { words: 'this engine today' })]);
  assert.match(ofAll?.notice ?? '', /^Most of the budget for this engine today is spent\. /);
});

const read = (settings: object, drafts: StoredDraft[], operators: Budgets = {}) =>
  readBudgets({
    record: testRecord({ settings: { ...testSettings, ...settings } }),
    events: numberEvents(...drafts),
    spentUsd: 3,
    turnUsd: 0.5,
    estimateNextUsd: () => 0.1,
    operators,
    spending: {
      read: async ({ day, userId }) => ({ userUsd: userId === 'ada' && day === '1970-01-02' ? 1 : 0, engineUsd: 7 }),
    },
    nowMs: 100_000_000,
  });

test('a session’s budget is for all its turns, a message’s for its turn, and the operator’s for the day', async () => {
  const choosing = { ...message(), metadata: { choice: { budgetUsd: 0.6 } } };
  const operators = { sessionUsd: 20, userDayUsd: 4, engineDayUsd: 50 };
  const budgets = await read({ budgetUsd: 10 }, [task(), completed(1), choosing], operators);
  assert.deepEqual(
    budgets.map(({ budgetUsd, spentUsd, mark }) => [mark, spentUsd, budgetUsd]),
    [
      ['turn 2', 0.5, 0.6],
      ['session', 3, 10],
      ['user 1970-01-02', 1, 4],
      ['engine 1970-01-02', 7, 50],
    ],
  );
});

test('a session that chooses none has the operator’s, and one with a key of its own none of the day', async () => {
  const operators = { sessionUsd: 20, userDayUsd: 4 };
  assert.deepEqual(
    (await read({ hasOwnKey: true }, [task()], operators)).map(({ budgetUsd }) => budgetUsd),
    [20],
  );
});

test('who was warned of a budget isn’t warned again, and of another day’s is', async () => {
  const warned = (mark: string) => ({ eventType: 'AgentNotice', metadata: { budget: mark } });
  const operators = { userDayUsd: 1 };
  const [again] = await read({}, [task(), warned('user 1970-01-02')], operators);
  const [anew] = await read({}, [task(), warned('user 1970-01-01')], operators);
  assert.deepEqual([again?.isWarned, anew?.isWarned], [true, false]);
});
