// Where agents act on each kind of machine: commands never run unconfined unless the operator allows it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { test } from 'node:test';
import { modeOf, playableConfigOf } from '../config/mode.ts';
import { ConfigError, readConfig } from '../config.ts';
import { chooseSandboxes, type Machine } from './sandbox-choice.ts';
import { descriptionOf, warningsOf } from './sandboxes.ts';

const machine = (has: { docker?: 'there' | 'silent'; confinement?: boolean; root?: boolean }): Machine => ({
  findDocker: async () => has.docker ?? 'absent',
  findConfinementProblem: async () => (has.confinement ? undefined : 'bwrap is not installed'),
  isRoot: has.root === true,
});

const bare = machine({});
const confining = machine({ confinement: true });
const strong = 'x'.repeat(32);
const production = { NODE_ENV: 'production', SESSION_SECRET: strong, INTERNAL_API_KEY: strong };
const keyed = { ANTHROPIC_API_KEY: 'sk-ant-own' };

const agentsOn = async (on: Machine, environment: Record<string, string>) =>
  (await chooseSandboxes(readConfig({ ...environment, WORKSPACE_BASE_PATH: '/tmp/lucid-nowhere' }), on)).agents;

async function refusalOf(on: Machine, environment: Record<string, string>): Promise<string> {
  try {
    return `accepted: ${(await agentsOn(on, environment)).kind}`;
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
}

test('on a bare machine a script plays the agents, key or not, and one line says what to install', async () => {
  for (const environment of [{}, keyed]) {
    const agents = await agentsOn(bare, environment);
    assert.ok(agents.kind === 'none');
    assert.match(agents.reason, /unconfined \(bwrap is not installed\): install Docker, or bubblewrap and socat/);
    assert.equal(modeOf(playableConfigOf(readConfig(environment), agents.kind), agents.kind), 'mock');
  }
});

test('commands run unconfined on the machine only where ALLOW_LOCAL_SANDBOX allows it', async () => {
  assert.match(await refusalOf(bare, { SANDBOX: 'local' }), /^SANDBOX is "local", but agents would run .* itself/);
  assert.match(await refusalOf(bare, { SANDBOX: 'local', NODE_ENV: 'test' }), /^SANDBOX is "local", but/);
  for (const SANDBOX of ['local', 'auto']) {
    const agents = await agentsOn(bare, { SANDBOX, ALLOW_LOCAL_SANDBOX: '1' });
    assert.ok(agents.kind === 'local' && !agents.isConfined, SANDBOX);
  }
});

test('confined folders are taken in development, and in production where they are allowed', async () => {
  const agents = await agentsOn(confining, keyed);
  assert.ok(agents.kind === 'local' && agents.isConfined);
  assert.equal(await refusalOf(confining, { ...production, ALLOW_LOCAL_SANDBOX: '1' }), 'accepted: local');
  const local = await refusalOf(confining, { ...production, SANDBOX: 'local' });
  assert.match(local, /^SANDBOX is "local", but production accepts local sandboxes only with ALLOW_LOCAL_SANDBOX=1\.$/);
});

test('production with a key does not start without a sandbox for agents', async () => {
  for (const on of [bare, confining])
    assert.match(
      await refusalOf(on, { ...production, ...keyed }),
      /^There is no sandbox for agents: Docker is not there/,
    );
  assert.equal(await refusalOf(bare, production), 'accepted: none');
});

test('an engine that is root does not start with local sandboxes that can’t be confined, whatever is allowed', async () => {
  const root = machine({ root: true });
  for (const more of [{}, { ALLOW_LOCAL_SANDBOX: '1' }, { ...production, ALLOW_LOCAL_SANDBOX: '1' }]) {
    const refusal = await refusalOf(root, { SANDBOX: 'local', ...more });
    assert.match(refusal, /^SANDBOX is "local", but .* as root of this machine, .*\(bwrap is not installed\): install/);
  }
  assert.equal(await refusalOf(root, { ALLOW_LOCAL_SANDBOX: '1' }), 'accepted: none');
  assert.equal(await refusalOf(machine({ root: true, confinement: true }), { SANDBOX: 'local' }), 'accepted: local');
});

test('agents get no folders while the daemon is slow, or away where there were containers before', async (t) => {
  const base = await mkdtemp('/tmp/lucid-choice-');
  t.after(() => rm(base, { recursive: true }));
  const kindOn = async (docker: Machine['findDocker']) => {
    const config = readConfig({ WORKSPACE_BASE_PATH: base });
    return (await chooseSandboxes(config, { ...confining, findDocker: docker })).agents.kind;
  };
  assert.equal(await kindOn(async () => 'absent'), 'local');
  assert.equal(await kindOn(async () => 'silent'), 'docker');
  assert.equal(await kindOn(async () => 'absent'), 'docker', 'sessions are in containers by now');
});

test('an operator who wants commands to be root hears that folders of the machine have no such root', () => {
  const confined = { kind: 'local', base: '/tmp/lucid-nowhere', isConfined: true, openedHosts: [] } as const;
  const [wanted, usual] = [readConfig({ SANDBOX_USER: 'namespace-root' }), readConfig({})];
  assert.match(warningsOf(confined, wanted).join(), /^SANDBOX_USER is "namespace-root", which containers alone have/);
  assert.equal(descriptionOf(confined, wanted), 'local, without root');
  assert.equal(descriptionOf({ ...confined, isConfined: false }, wanted), 'local, unconfined, without root');
  assert.deepEqual([warningsOf(confined, usual), descriptionOf(confined, usual)], [[], 'local']);
  assert.deepEqual(warningsOf({ kind: 'memory' }, wanted), []);
});

test('Pods are as they are asked for, and what is for Docker alone is warned of', async () => {
  const pods = {
    SANDBOX: 'kubernetes',
    SANDBOX_NODE_SELECTOR: 'pool=sandboxes,zone=a',
    SANDBOX_TOLERATIONS: 'sandboxes=only:NoSchedule,gpu',
    SANDBOX_CONTAINER_PREFIX: 'Lucid_Sandbox-',
  };
  const cluster = {
    CLUSTER_URL: 'nats://localhost:4222',
    DATABASE_URL: 'postgres://a@localhost/b',
    ENCRYPTION_KEY: strong,
  };
  const agents = await agentsOn(bare, { ...pods, ...cluster });
  assert.ok(agents.kind === 'kubernetes');
  assert.partialDeepStrictEqual(agents.settings, {
    namespace: 'lucid-sandboxes',
    prefix: 'lucid-sandbox-',
    nodeSelector: { pool: 'sandboxes', zone: 'a' },
    mayBeOpen: false,
  });
  assert.deepEqual(agents.settings.tolerations, [
    { key: 'sandboxes', operator: 'Equal', value: 'only', effect: 'NoSchedule' },
    { key: 'gpu', operator: 'Exists' },
  ]);
  assert.deepEqual(warningsOf(agents, readConfig({})), []);
  const forDocker = {
    SANDBOX_USER: 'namespace-root',
    SANDBOX_ALLOWED_HOSTS: '10.0.0.7',
    DEVCONTAINER_IMAGES: 'node:*',
    SANDBOX_WARM: '5',
  };
  assert.equal(warningsOf(agents, readConfig(forDocker)).length, 4);
});

test('an engine that is alone keeps the id that its Pods belong to', async (t) => {
  const base = await mkdtemp('/tmp/lucid-pods-');
  t.after(() => rm(base, { recursive: true, force: true }));
  const choose = async (more = {}) =>
    (await chooseSandboxes(readConfig({ SANDBOX: 'kubernetes', WORKSPACE_BASE_PATH: base, ...more }), bare)).agents;
  const [first, second] = [await choose(), await choose()];
  assert.ok(first.kind === 'kubernetes' && second.kind === 'kubernetes');
  assert.match(first.settings.clusterId, /^[\da-f-]{36}$/);
  assert.equal(first.settings.clusterId, second.settings.clusterId);
  const named = await choose({ CLUSTER_NAME: 'agents' });
  assert.equal(named.kind === 'kubernetes' && named.settings.clusterId, 'agents', 'where its storage ends with it');
});
