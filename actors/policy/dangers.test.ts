// A line that isn't read for its danger, by its characters alone, is one that runs in a session without a policy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { factsOf } from './call-facts.ts';
import { mayBeDangerous } from './dangers.ts';
import { decideCall } from './decide-call.ts';

const decide = (command: string) =>
  decideCall(undefined, factsOf({ tool: 'shell', isReadOnly: false, command, root: '/workspace' }), {
    isPlanAllowed: false,
    allowed: new Set(),
  }).decision;

const pieces = [
  ...[
    'r',
    'm',
    'rm',
    'unlink',
    'shred',
    'find',
    '-delete',
    'git',
    'push',
    '-f',
    '--force',
    'origin',
    'main',
    'bash',
    '-c',
  ],
  ...[
    '/',
    '/etc',
    '~',
    '..',
    ' ',
    '"',
    "'",
    '\\',
    '$',
    '`',
    '{',
    '}',
    ',',
    '(',
    ')',
    ';',
    '|',
    '&&',
    '<<',
    '\n',
    'x',
    '*',
    '?',
  ],
];

test('what isn’t read for its danger is what would run', () => {
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 });
  void fc.assert(
    fc.property(text, fc.constantFrom('', ' '), (words, between) => {
      const line = words.join(between);
      if (!mayBeDangerous(line)) assert.equal(decide(line), 'allow', line);
    }),
    { numRuns: 3_000 },
  );
});

test('a danger is read for, however it is quoted, and what agents mostly run is not', () => {
  for (const line of [
    'rm -rf /etc',
    `r"m" -rf /etc`,
    `'r'm -rf /etc`,
    'r\\m -rf /etc',
    'find / -delete',
    'git push -f origin a',
    'git pu""sh origin main',
    'eval "$(echo x)"',
    '{rm,-rf,/etc}',
  ])
    assert.ok(mayBeDangerous(line), line);
  for (const line of ['npm test', 'echo "Hello" > hello.txt', "grep -n 'a b' src/*.ts", 'git commit -qm "Say hello"'])
    assert.ok(!mayBeDangerous(line), line);
});
