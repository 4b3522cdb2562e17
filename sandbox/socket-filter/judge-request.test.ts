// Only what the engine asks for passes the socket filter, in any spelling and for any hostile request.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildContainerOptions } from '../docker/container-settings.ts';
import { buildDiskMakerOptions, disksVolumeOf, snapshotsVolumeOf } from '../docker/disks/disk-maker-options.ts';
import { buildExecOptions } from '../docker/exec.ts';
import { buildProbeOptions } from '../docker/firewall/firewall-probe.ts';
import { buildFirewallOptions } from '../docker/firewall/set-firewall.ts';
import { buildNetworkOptions } from '../docker/sandbox-network.ts';
import { allowed } from '../testing/allowed-values.ts';
import { type AllowedRequest, type FilteredRequest, judgeRequest } from './judge-request.ts';
import { filterLabel } from './request-bodies.ts';

const megabyte = 1024 * 1024;
const settings = {
  image: allowed.image,
  memoryBytes: 512 * megabyte,
  cpus: 1.5,
  network: allowed.network,
  user: allowed.user,
  runtime: allowed.runtime,
  workspaceBytes: 100 * megabyte,
  engineId: '01a20796-a6ea-76b4-b1d8-9effe2c88dc3',
  runId: '01a20798-15ff-76b4-b1d8-9effe2c88dc3',
};
const sandbox = buildContainerOptions(settings, 'lucid-sandbox-1', 'session-1');

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
const plain = (value: object) => JSON.parse(JSON.stringify(value)) as { [key: string]: Json };

const ask = (method: string, target: string, body: object | string = '', isUpgrade = false): FilteredRequest => ({
  method,
  target,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  isUpgrade,
});
const create = (body: object | string, name = 'lucid-sandbox-1') =>
  judgeRequest(ask('POST', `/containers/create?name=${name}`, body), allowed);
const passed = (ruling: ReturnType<typeof judgeRequest>): AllowedRequest => {
  assert.ok(ruling.isAllowed, JSON.stringify(ruling));
  return ruling;
};
const isRefused = (asked: FilteredRequest) => !judgeRequest(asked, allowed).isAllowed;

test('a sandbox is made as the engine asks, with the filter’s label on it and on its workspace', () => {
  const { body, needs, buildPath } = passed(create(sandbox));
  const own = { [filterLabel]: 'filter-1' };
  assert.equal(buildPath(''), '/containers/create?name=lucid-sandbox-1');
  assert.deepEqual(needs, [{ kind: 'newVolume', name: 'lucid-sandbox-1' }]);
  assert.partialDeepStrictEqual(body, {
    ...plain(sandbox),
    Labels: { ...sandbox.Labels, ...own },
    HostConfig: { Mounts: [{ VolumeOptions: { Labels: own } }] },
  });
});

test('a container that takes another’s place keeps its workspace, under another name', () => {
  const { needs } = passed(create({ ...sandbox, name: 'other' }, 'other'));
  assert.deepEqual(needs, [{ kind: 'newVolume', name: 'lucid-sandbox-1' }]);
});

test('a body that asks for more than a sandbox has is refused, with the name of the wrong field', () => {
  const { HostConfig } = sandbox;
  const wishes = {
    Binds: ['/:/host'],
    Privileged: true,
    privileged: true,
    PidMode: 'host',
    IpcMode: 'host',
    UTSMode: 'host',
    UsernsMode: 'host',
    CgroupnsMode: 'host',
    CapAdd: ['SYS_ADMIN'],
    Devices: [{ PathOnHost: '/dev/sda' }],
    DeviceRequests: [{ Count: -1 }],
    SecurityOpt: ['seccomp=unconfined'],
    VolumesFrom: ['db'],
    Runtime: 'other',
    PortBindings: { '1/tcp': [{ HostPort: '1' }] },
    Sysctls: { 'kernel.core_pattern': '|x' },
    Mounts: [{ Type: 'bind', Source: '/', Target: '/host' }],
  };
  for (const [key, value] of Object.entries(wishes)) {
    const ruling = create({ ...sandbox, HostConfig: { ...HostConfig, [key]: value } });
    assert.ok(!ruling.isAllowed, key);
    if (key !== 'Mounts') assert.match(ruling.reason, new RegExp(key));
  }
  for (const more of [
    { User: 'root' },
    { Image: 'other' },
    { Entrypoint: ['x'] },
    { Labels: {} },
    { Volumes: { '/x': {} } },
  ])
    assert.ok(!create({ ...sandbox, ...more }).isAllowed, JSON.stringify(more));
});

test('a sandbox on disks has those of sandboxes alone, and what makes them runs nothing else', () => {
  const on = (workspace: string, home = '/dev/loop70001') =>
    create(buildContainerOptions(settings, 'lucid-sandbox-1', 'session-1', { workspace, home }));
  assert.deepEqual(passed(on('/dev/loop70000')).needs, [
    { kind: 'newVolume', name: 'lucid-sandbox-1' },
    { kind: 'newVolume', name: 'lucid-sandbox-1-home' },
  ]);
  for (const device of ['/dev/sda', '/dev/loop0', '/dev/loop70000/../sda', 'tmpfs', '/'])
    for (const ruling of [on(device), on('/dev/loop70000', device)]) assert.ok(!ruling.isAllowed, device);
  const run = (body: object) => judgeRequest(ask('POST', '/containers/create', body), allowed);
  const maker = buildDiskMakerOptions(settings);
  const volumes = [disksVolumeOf(settings.engineId), snapshotsVolumeOf(settings.engineId)];
  const { needs, body } = passed(run(maker));
  assert.deepEqual(
    needs,
    volumes.map((name) => ({ kind: 'newVolume', name })),
  );
  assert.equal(JSON.stringify(body).split(filterLabel).length, 4, 'it and its volumes are marked');
  for (const more of [{ Entrypoint: ['sh'] }, { Cmd: ['x'] }, { Image: 'other' }, { Env: ['A=b'] }, { Tty: true }])
    assert.ok(!run({ ...maker, ...more }).isAllowed, JSON.stringify(more));
  for (const more of [
    { CapAdd: ['SYS_ADMIN'] },
    { DeviceCgroupRules: ['a *:* rwm'] },
    { Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/sda', CgroupPermissions: 'rwm' }] },
    { Binds: ['/:/h'] },
    { NetworkMode: 'host' },
  ])
    assert.ok(!run({ ...maker, HostConfig: { ...maker.HostConfig, ...more } }).isAllowed, JSON.stringify(more));
});

test('a network is the operator’s, or must be one that the engine made through the filter', () => {
  const on = (network: string) => create(buildContainerOptions({ ...settings, network }, 'v', 's'), 'v');
  const needs = (name: string) =>
    passed(create({ ...buildContainerOptions({ ...settings, network: name }, 'v', 's'), name: 'v' }, 'v')).needs;
  assert.deepEqual(needs('host')[0], { kind: 'network', name: 'host' });
  assert.deepEqual(needs(allowed.network ?? ''), [{ kind: 'newVolume', name: 'v' }]);
  for (const network of ['container:db', '', '../x']) assert.ok(!on(network).isAllowed, network);
  const options = buildNetworkOptions('e');
  const make = (body: object, network?: string) =>
    judgeRequest(ask('POST', '/networks/create', body), { ...allowed, network });
  assert.deepEqual(passed(make(options)).body, {
    ...options,
    Labels: { ...options.Labels, [filterLabel]: 'filter-1' },
  });
  assert.ok(!make(options, 'lucid-sandboxes').isAllowed);
  for (const more of [
    { Driver: 'macvlan' },
    { Options: { parent: 'eth0' } },
    { Name: 'other' },
    { IPAM: {} },
    { Internal: false },
  ])
    assert.ok(!make({ ...options, ...more }).isAllowed, JSON.stringify(more));
});

test('a firewall is set around the engine’s own network alone, and looked at from inside; nothing else runs beside sandboxes', () => {
  const networkId = 'a'.repeat(64);
  const run = (body: object) => judgeRequest(ask('POST', '/containers/create', body), allowed);
  const firewall = buildFirewallOptions(allowed.image, { networkId, opened: [{ range: '10.0.0.7', port: 3000 }] });
  assert.deepEqual(passed(run(firewall)).needs, [{ kind: 'network', name: networkId }]);
  assert.deepEqual(passed(run(buildFirewallOptions(allowed.image))).needs, []);
  const probe = buildProbeOptions({ ...settings, network: networkId }, [['10.0.0.1', 8_000]]);
  assert.deepEqual(passed(run(probe)).needs, [{ kind: 'network', name: networkId }]);
  for (const made of [firewall, buildFirewallOptions(allowed.image), probe]) {
    for (const more of [{ Cmd: ['x'] }, { Entrypoint: ['sh'] }, { Image: 'other' }, { Env: ['A=b'] }, { Labels: {} }])
      assert.ok(!run({ ...made, ...more }).isAllowed, JSON.stringify(more));
    for (const more of [{ CapAdd: ['SYS_ADMIN'] }, { Binds: ['/:/h'] }, { Privileged: true }, { PidMode: 'host' }])
      assert.ok(!run({ ...made, HostConfig: { ...made.HostConfig, ...more } }).isAllowed, JSON.stringify(more));
  }
  const injected = {
    ...firewall,
    Labels: { ...firewall.Labels, 'lucid.opened': '[{"range":"10.0.0.7 accept","port":1}]' },
  };
  assert.ok(!run(injected).isAllowed);
});

test('a key that comes twice is sent once, with the value that was judged', () => {
  const good = JSON.stringify(sandbox.HostConfig);
  const rest = JSON.stringify({ ...sandbox, HostConfig: undefined }).slice(1);
  const evil = '{"Privileged":true,"Binds":["/:/host"]}';
  assert.ok(!create(`{"HostConfig":${good},"HostConfig":${evil},${rest}`).isAllowed);
  assert.ok(!create(`{"HostConfig":${good},"hostconfig":${evil},${rest}`).isAllowed);
  const { body } = passed(create(`{"HostConfig":${evil},"HostConfig":${good},${rest}`));
  assert.doesNotMatch(JSON.stringify(body), /Privileged|Binds/);
});

/** Lists everything below a value, as paths of keys. */
function pathsOf(value: Json, at: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, below]) => pathsOf(below, [...at, key]))];
}

function changeAt(
  value: Json,
  [key, ...deeper]: string[],
  change: (found: Json) => Json | undefined,
): Json | undefined {
  if (key === undefined) return change(value);
  const copy = structuredClone(value) as { [key: string]: Json };
  const next = changeAt(copy[key] ?? null, deeper, change);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}

const evilKeys = ['Binds', 'Privileged', 'binds', 'CapAdd', 'Devices', 'PidMode', 'VolumesFrom', '__proto__', 'Source'];
const hostile = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<Json>,
  fc.constantFrom<Json>('host', '/', '/var/run/docker.sock', 'container:db', ['ALL'], [], {}, true, 0, -1, 1e300),
);

/** The fields that may differ between two sandboxes. */
const mayDiffer =
  /^(name|Labels\.lucid\.(session_id|engine_id|run_id)|HostConfig\.(NetworkMode|Memory|NanoCpus|Tmpfs|MemorySwap|Mounts\.0\.(Source|VolumeOptions\..*)))/;

test('a sandbox that is changed in any one place is refused, or differs only in what sandboxes differ in', () => {
  const whole = plain(sandbox);
  const places = pathsOf(whole);
  fc.assert(
    fc.property(fc.constantFrom(...places), hostile, fc.constantFrom(...evilKeys), fc.nat(2), (at, value, key, how) => {
      const body = changeAt(whole, at, (found) => {
        if (how === 0) return value;
        if (how === 1) return undefined;
        if (typeof found !== 'object' || found === null || Array.isArray(found)) return value;
        return JSON.parse(
          `${JSON.stringify({ ...found }).slice(0, -1)}${Object.keys(found).length > 0 ? ',' : ''}${JSON.stringify(key)}:${JSON.stringify(value)}}`,
        ) as Json;
      });
      const ruling = create(JSON.stringify(body) ?? '');
      if (!ruling.isAllowed) return;
      const sent = plain(ruling.body ?? {});
      for (const place of pathsOf(sent)) {
        if (place.includes(filterLabel)) continue;
        const read = (from: Json) =>
          place.reduce<Json>((below, step) => (below as { [key: string]: Json })?.[step] ?? null, from);
        const leaf = read(sent);
        if (typeof leaf === 'object' && leaf !== null) continue;
        if (!mayDiffer.test(place.join('.'))) assert.deepEqual(leaf, read(whole), place.join('.'));
      }
    }),
    { numRuns: 3_000 },
  );
});

const id = 'a'.repeat(64);
const spelt = fc
  .array(
    fc.constantFrom(
      '/',
      '..',
      '.',
      '%2e',
      '%2F',
      '%00',
      'v1.41',
      'containers',
      'create',
      'json',
      'exec',
      'start',
      'volumes',
      'networks',
      'images',
      'lucid-sandbox',
      'lucid-sandboxes',
      '_ping',
      'build',
      'archive',
      'attach',
      '//',
      '\\',
      ';',
      '#',
      '?',
      'name=a',
      '&',
      '\r\n',
      ' ',
      'http://docker',
      id,
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

const known = [
  /^\/_ping$/,
  /^\/images\/lucid-sandbox\/json$/,
  /^\/networks(\/[a-zA-Z0-9][\w.-]*|\?filters=.*)$/,
  /^\/networks\/create$/,
  /^\/containers\/json\?/,
  /^\/containers\/create\?name=[\w.-]+$/,
  /^\/containers\/[a-zA-Z0-9][\w.-]*(\/(json|stats\?stream=false&one-shot=true|start|pause|unpause|rename\?name=[\w.-]+|update|exec)|\?force=true(&v=true)?)$/,
  /^\/exec\/[a-zA-Z0-9][\w.-]*\/start$/,
  /^\/volumes(\/[a-zA-Z0-9][\w.-]*)?\?/,
];

test('any path that reaches Docker is one of the few that the engine asks for', () => {
  const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'HEAD', 'get', 'OPTIONS');
  fc.assert(
    fc.property(
      method,
      fc.oneof(
        spelt.map((path) => `/${path}`),
        fc.string(),
      ),
      fc.boolean(),
      fc.constantFrom(allowed.network, undefined),
      (method, target, isUpgrade, network) => {
        const ruling = judgeRequest(ask(method, target, '{"PidsLimit":5}', isUpgrade), { ...allowed, network });
        if (!ruling.isAllowed) return;
        const path = ruling.buildPath(id);
        assert.ok(
          known.some((form) => form.test(path)),
          path,
        );
        assert.doesNotMatch(target.split('?')[0] ?? '', /%|\/\.\.?(\/|$)|\/\/|^\/v1\.41/);
      },
    ),
    { numRuns: 5_000 },
  );
});

test('no path leads to the list of all networks where the operator names none', () => {
  const noNetwork = { ...allowed, network: undefined };
  for (const target of ['/networks/', '/networks//', '/networks/?'])
    assert.ok(!judgeRequest(ask('GET', target), noNetwork).isAllowed, target);
});

test('tricks with paths are refused', () => {
  for (const target of [
    '/v1.41/../containers/json',
    '/v1.41/containers/json',
    '//containers/json',
    '/containers%2Fjson',
    '/containers/../containers/json',
    '/containers/./json',
    'http://docker/containers/json',
    '/images/other/json',
    '/containers/json?all=1?',
    '/info',
    '/events',
    '/volumes/create',
    '/swarm',
  ])
    assert.ok(isRefused(ask('GET', target)), target);
});

test('lists hold only what was made through the filter, whatever filters are asked', () => {
  const own = `${filterLabel}=filter-1`;
  const filtersOf = (target: string) => {
    const { buildPath } = passed(judgeRequest(ask('GET', target), allowed));
    return JSON.parse(new URLSearchParams(buildPath('').split('?')[1]).get('filters') ?? '') as Record<
      string,
      string[]
    >;
  };
  assert.deepEqual(filtersOf('/containers/json'), { label: [own] });
  assert.deepEqual(filtersOf('/containers/json?all=true&filters={"label":["x=y"]}'), { label: ['x=y', own] });
  assert.deepEqual(filtersOf('/volumes?filters={"dangling":["true"]}'), { dangling: ['true'], label: [own] });
  for (const filters of ['{"label":{"x":true}}', '{"Label":["x"]}', '{', 'null', '{"volume":["x"]}'])
    assert.ok(isRefused(ask('GET', `/containers/json?filters=${filters}`)), filters);
});

test('commands run as the sandbox’s own user, and are connected to only by an upgrade', () => {
  const body = buildExecOptions({ command: ['python3'], environment: ['A=b'] });
  const exec = (more: object) => ask('POST', `/containers/${id}/exec`, { ...body, ...more });
  assert.deepEqual(passed(judgeRequest(exec({}), allowed)).body, body);
  for (const more of [
    { User: '0' },
    { User: undefined },
    { Privileged: true },
    { privileged: true },
    { Tty: true },
    { Cmd: 'sh' },
  ])
    assert.ok(isRefused(exec(more)), JSON.stringify(more));
  const start = passed(judgeRequest(ask('POST', `/exec/${id}/start`, { Detach: true }, true), allowed));
  assert.deepEqual([start.body, start.isHijacked], [{ Detach: false, Tty: false }, true]);
  assert.ok(isRefused(ask('POST', `/exec/${id}/start`, {})));
  assert.ok(isRefused(ask('GET', '/_ping', '', true)));
});

test('only the number of processes of a container can be changed', () => {
  const update = (body: object) => ask('POST', `/containers/${id}/update`, body);
  assert.deepEqual(passed(judgeRequest(update({ PidsLimit: 544 }), allowed)).body, { PidsLimit: 544 });
  for (const body of [{ PidsLimit: -1 }, { PidsLimit: 1e9 }, { PidsLimit: 5, Memory: 0 }, {}])
    assert.ok(isRefused(update(body)));
});
