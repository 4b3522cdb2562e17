// A devcontainer's variables are exported as far as they are its own, and what the machine has is never in them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { readEnvironment } from './devcontainer-environment.ts';

const readValue = (value: string, environment: Record<string, string> = {}): string => {
  const { exports } = readEnvironment({ ASKED: value }, undefined);
  const script = `${exports.join('\n')}\nprintf %s "$ASKED"`;
  return execFileSync('bash', ['--norc', '-c', script], { env: { ...environment, CANARY: 'canary' } }).toString('utf8');
};

test('values are taken as they are, and words in braces are what they are in the sandbox', () => {
  assert.equal(readValue(`a 'b' "$CANARY" \`id\` $(id)\n\\`), `a 'b' "$CANARY" \`id\` $(id)\n\\`);
  assert.equal(readValue(`[\${localEnv:CANARY}\${env:CANARY}]`), '[]');
  assert.equal(readValue(`\${localEnv:CANARY:other}`), 'other');
  assert.equal(readValue(`\${containerEnv:OWN}/bin`, { OWN: '/own' }), '/own/bin');
  assert.equal(readValue(`\${containerWorkspaceFolder}/\${localWorkspaceFolderBasename}`), '/workspace/repo/repo');
});

test('no value runs anything or reads what the machine has', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom('$', '{', '}', '`', "'", '"', '\\', '\n', 'a', '(', ')', 'localEnv:CANARY', 'env:X:$CANARY'),
      ),
      (parts) => {
        const given = parts.join('');
        const { exports } = readEnvironment({ ASKED: given }, undefined);
        if (exports.length > 0) assert.ok(!readValue(given).includes('canary'));
      },
    ),
    { numRuns: 60 },
  );
});

test('names that decide what runs, what is reached or what git does are refused, each by its name', () => {
  const names = [
    'LD_PRELOAD',
    'GIT_SSH_COMMAND',
    'https_proxy',
    'ALL_PROXY',
    'LUCID_COMMAND',
    'BASH_ENV',
    'HOME',
    'a b',
    'x;y',
    '',
  ];
  for (const name of names) {
    const { exports, sentences } = readEnvironment(undefined, { [name]: 'value' });
    assert.deepEqual([exports, sentences], [[], [`These variables are not set: ${name}.`]]);
  }
  assert.deepEqual(readEnvironment({ PATH: '/evil' }, undefined).exports, []);
  assert.deepEqual(readEnvironment({ PATH: `\${containerEnv:PATH}:/more` }, undefined).exports, [
    `export PATH=''"\${PATH-}"':/more'`,
  ]);
  for (const value of [
    1,
    {},
    ['a'],
    'x'.repeat(5_000),
    `\${containerEnv:LD_PRELOAD}`,
    `\${unknown}`,
    `\${containerEnv:a b}`,
  ])
    assert.deepEqual(readEnvironment({ A: value }, undefined).exports, [], JSON.stringify(value).slice(0, 40));
});

test('there are at most 64, the remote ones count, and any input is read', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`V${at}`, 'x']));
  const { exports, sentences } = readEnvironment(many, undefined);
  assert.equal(exports.length, 64);
  assert.match(sentences.join(), /Only the first 64 of its variables are set\./);
  assert.deepEqual(readEnvironment({ A: 'container' }, { A: 'remote' }).exports, ["export A='remote'"]);
  assert.deepEqual(readEnvironment({ A: 'x' }, { A: null }).exports, ["export A='x'"]);
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => void readEnvironment(one, other)));
});
