// A misspelt variable is named in the log at the start, and nobody else's variable is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findMisspelt, variableNames } from '../config.ts';

test('a variable that is one letter away from a known one is told with the one that may be meant', () => {
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

test('a variable that begins as ours do, and is none, is told; its value never is', () => {
  assert.deepEqual(findMisspelt({ SANDBOX_DISK: 'sk-canary' }), [
    'The variable SANDBOX_DISK is not known and has no effect.',
  ]);
});

test('what is known, empty, of docker compose or of other programs is not told', () => {
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

test('every single slip in a long name is noticed', () => {
  const long = variableNames.filter((name) => name.length >= 8);
  const slip = fc
    .constantFrom(...long)
    .chain((name) =>
      fc
        .nat(name.length - 1)
        .map((at) => ({
          name,
          without: name.slice(0, at) + name.slice(at + 1),
          doubled: `${name.slice(0, at)}Q${name.slice(at)}`,
        })),
    );
  fc.assert(
    fc.property(slip, ({ name, without, doubled }) => {
      for (const given of [without, doubled]) {
        const [warning] = findMisspelt({ [given]: 'x' });
        assert.ok(variableNames.includes(given) || warning?.includes(given), `${given} for ${name}`);
      }
    }),
  );
});
