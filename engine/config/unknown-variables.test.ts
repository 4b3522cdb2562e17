// A misspelt variable is named in the log at the start; variables of other programs are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findMisspelt, variableNames } from '../config.ts';

test('a variable that is one letter away from a known one is reported with the known one', () => {
  for (const [given, meant] of [
    ['DATABASE_URI', 'DATABASE_URL'],
    ['SESION_SECRET', 'SESSION_SECRET'],
    ['ENCRYPTION_KEYS', 'ENCRYPTION_KEY'],
    ['ANTRHOPIC_API_KEY', 'ANTHROPIC_API_KEY'],
    ['log_level', 'LOG_LEVEL'],
  ] as const)
    assert.deepEqual(findMisspelt({ [given]: 'x' }), [
      `The variable ${given} is not known and has no effect: is ${meant} meant?`,
    ]);
});

test('a variable that lacks the last words of a known one is reported with the known one', () => {
  for (const [given, meant] of [
    ['USER_DAY_BUDGET', 'USER_DAY_BUDGET_USD'],
    ['DAY_BUDGET', 'DAY_BUDGET_USD'],
    ['SANDBOX_MEMORY', 'SANDBOX_MEMORY_LIMIT'],
  ] as const)
    assert.deepEqual(findMisspelt({ [given]: '5' }), [
      `The variable ${given} is not known and has no effect: is ${meant} meant?`,
    ]);
  assert.deepEqual(findMisspelt({ SESSION: 'x', CLUSTER: 'x', DAY_: 'x' }), []);
});

test('an unknown variable that begins like the engine’s is reported, without its value', () => {
  assert.deepEqual(findMisspelt({ SANDBOX_DISK: 'sk-canary' }), [
    'The variable SANDBOX_DISK is not known and has no effect.',
  ]);
});

test('variables that are known, empty, of docker compose or of other programs are not reported', () => {
  const known = Object.fromEntries(variableNames.map((name) => [name, 'x']));
  const compose = { POSTGRES_PASSWORD: 'x', POSTGRES_PORT: '5432', DOCKER_SOCKET: 'x', ENGINE_IMAGE: 'x' };
  const others = {
    PATH: '/bin',
    HOME: '/root',
    POST: 'x',
    HOSTS: 'x',
    https_proxy: 'x',
    no_proxy: 'x',
    npm_config_proxy: 'x',
  };
  assert.deepEqual(findMisspelt({ ...known, ...compose, ...others, DATABASE_URI: '' }), []);
});

/** One letter left out, one added, one replaced, two swapped, at each place. */
const slipsIn = (name: string): string[] =>
  Array.from(name, (letter, at) => {
    const [before, after] = [name.slice(0, at), name.slice(at + 1)];
    return [
      before + after,
      `${before}Q${letter}${after}`,
      `${before}Q${after}`,
      before + after.charAt(0) + letter + after.slice(1),
    ];
  }).flat();

test('every single slip in a name of eight letters or more is reported', () => {
  for (const name of variableNames.filter(({ length }) => length >= 8))
    for (const slip of slipsIn(name))
      assert.equal(findMisspelt({ [slip]: 'x' }).length, variableNames.includes(slip) ? 0 : 1, `${slip} for ${name}`);
});
