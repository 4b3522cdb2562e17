// A user who sends too many commands is told when to go on; others notice nothing, and the memory is bounded.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { CommandBudget, commandUsersMax, commandWindowMs } from './command-budget.ts';

beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'Date'] }));
afterEach(() => mock.timers.reset());

const perSecond = 50;
const perWindow = (perSecond * commandWindowMs) / 1_000;

async function codes(budget: CommandBudget, user: string, times: number): Promise<(string | undefined)[]> {
  const taken = await Promise.all(Array.from({ length: times }, () => budget.takeCommand(user)));
  return taken.map((refusal) => refusal?.code);
}

test('a user may send a burst, and is refused more until the window is over', async () => {
  const budget = new CommandBudget(perSecond);
  assert.deepEqual(new Set(await codes(budget, 'ada', perWindow)), new Set([undefined]));
  mock.timers.tick(500);
  assert.partialDeepStrictEqual(await budget.takeCommand('ada'), {
    code: 'tooManyCommands',
    retryAfterMs: commandWindowMs - 500,
  });
  mock.timers.tick(commandWindowMs - 500);
  assert.deepEqual(new Set(await codes(budget, 'ada', perWindow)), new Set([undefined]));
});

test('a user gets in the long run as many commands as a second allows, however many are sent', async () => {
  const budget = new CommandBudget(perSecond);
  let taken = 0;
  for (let ms = 0; ms < 10_000; ms += 100) {
    taken += (await codes(budget, 'ada', 40)).filter((code) => code === undefined).length;
    mock.timers.tick(100);
  }
  assert.equal(taken, 10 * perSecond);
});

test('one user’s flood costs another user nothing', async () => {
  const budget = new CommandBudget(perSecond);
  assert.ok((await codes(budget, 'ada', 10 * perWindow)).includes('tooManyCommands'));
  assert.equal(await budget.takeCommand('bob'), undefined);
});

test('a user may send any number of commands with a budget of 0', async () => {
  assert.deepEqual(new Set(await codes(new CommandBudget(0), 'ada', 10_000)), new Set([undefined]));
});

test('users beyond those that can be remembered are told to wait; the remembered ones go on', async () => {
  const budget = new CommandBudget(perSecond);
  const users = Array.from({ length: commandUsersMax }, (_, n) => `user-${n}`);
  const refusals = await Promise.all(users.map((user) => budget.takeCommand(user)));
  assert.ok(refusals.every((refusal) => refusal === undefined));
  assert.partialDeepStrictEqual(await budget.takeCommand('one more'), {
    code: 'tooManyCommands',
    retryAfterMs: commandWindowMs,
  });
  assert.equal(await budget.takeCommand('user-0'), undefined);
  mock.timers.tick(commandWindowMs);
  assert.equal(await budget.takeCommand('one more'), undefined);
});
