// The Helm chart (deploy/helm/lucid-engine), rendered by a real helm: what it makes is restricted, known to the engine and bounded.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { nkeys } from '@nats-io/transport-node';
import * as v from 'valibot';
import { parseAllDocuments } from 'yaml';
import { isInRange, reservedV4Ranges, reservedV6Ranges } from '../sandbox/outbound/address.ts';
import { leaveOut } from '../sandbox/testing/left-out.ts';
import { createNatsWire } from './cluster/nats-wire.ts';
import type { BusWire } from './cluster/wire.ts';
import { NatsServer, natsTest } from './testing/nats.ts';
import { waitUntil } from './testing/rest.ts';

const chart = fileURLToPath(new URL('../deploy/helm/lucid-engine', import.meta.url));
const isInstalled = hasHelm();
if (!isInstalled && process.env.REQUIRE_HELM === '1') throw new Error('REQUIRE_HELM is 1, but helm is not installed.');

const helmTest = (
  name: string,
  act: (t: TestContext) => Promise<void> | void,
  kind: typeof test | typeof natsTest = test,
) => (isInstalled ? void kind(name, act) : leaveOut(name, 'helm is not installed'));

function hasHelm(): boolean {
  try {
    execFileSync('helm', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const key = nkeys.createUser();
/** What an operator has to choose. */
const chosen = ['secretName=lucid', 'nats.tlsSecretName=nats-tls', `nats.userPublicKey=${key.getPublicKey()}`];

const runHelm = (command: string[], values: readonly string[]): Promise<string> =>
  promisify(execFile)('helm', [...command, ...values.flatMap((value) => ['--set', value])]).then(
    ({ stdout }) => stdout,
  );

/** The version is said, since a helm that Go built takes itself for one of an older Kubernetes. */
const template = (values: readonly string[]): Promise<string> =>
  runHelm(['template', 'agents', chart, '--namespace', 'lucid', '--kube-version', '1.34.0'], values);

const Container = v.object({
  env: v.optional(v.array(v.object({ name: v.string(), value: v.optional(v.string()) })), []),
  securityContext: v.unknown(),
  resources: v.object({ limits: v.object({ memory: v.string() }) }),
});
const Pod = v.object({
  automountServiceAccountToken: v.boolean(),
  terminationGracePeriodSeconds: v.optional(v.number()),
  securityContext: v.unknown(),
  containers: v.array(Container),
});
const Resource = v.object({
  kind: v.string(),
  metadata: v.object({ name: v.string() }),
  data: v.optional(v.record(v.string(), v.string())),
  spec: v.optional(v.object({ template: v.optional(v.object({ spec: Pod })) })),
});

async function render(...values: string[]): Promise<v.InferOutput<typeof Resource>[]> {
  const documents = parseAllDocuments(await template([...chosen, ...values]));
  return documents.map((document) => v.parse(Resource, document.toJS()));
}

helmTest('the chart has no faults that helm finds, with every part of it', async () => {
  await runHelm(['lint', '--strict', chart], chosen);
  const whole = await render(
    'autoscaling.enabled=true',
    'autoscaling.workingSessions=50',
    'cloudNativePG.enabled=true',
  );
  const kinds = new Set(whole.map(({ kind }) => kind));
  for (const kind of [
    'Deployment',
    'StatefulSet',
    'HorizontalPodAutoscaler',
    'PodDisruptionBudget',
    'NetworkPolicy',
    'Cluster',
  ])
    assert.ok(kinds.has(kind), kind);
});

helmTest('what an operator has not chosen, or can not have, is said in a sentence', async () => {
  const refused: [string[], RegExp][] = [
    [[], /nats\.userPublicKey: the public half/],
    [['secretName=lucid', 'nats.enabled=false'], /more than one engine needs a bus/],
    [['nats.enabled=false', 'engines=1'], /secretName: the Secret with SESSION_SECRET/],
    [[...chosen, 'nats.tlsSecretName='], /nats\.tlsSecretName: the Secret/],
    [[...chosen, 'sandbox=docker'], /docker\.hosts: an engine in a Pod has no Docker daemon of its own/],
    [[...chosen, 'sandbox=docker', 'docker.hosts[0]=unix:///run/d.sock'], /unix:\/\/\/run\/d\.sock is no daemon/],
    [[...chosen, 'sandbox=docker', 'docker.hosts[0]=tcp://d1'], /docker\.tlsSecretName: the Secret with ca\.crt/],
    [[...chosen, 'sandbox=none'], /sandbox: kubernetes, docker, memory or local/],
  ];
  for (const [values, sentence] of refused) await assert.rejects(template(values), sentence);
});

helmTest('every Pod is restricted, bounded in memory, and has no token of Kubernetes', async () => {
  const pods = (await render()).flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []));
  assert.equal(pods.length, 2);
  for (const pod of pods) {
    assert.equal(pod.automountServiceAccountToken, false);
    assert.partialDeepStrictEqual(pod.securityContext, {
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext } of pod.containers)
      assert.deepEqual(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
  }
  assert.equal(
    pods.find(({ terminationGracePeriodSeconds }) => terminationGracePeriodSeconds)?.terminationGracePeriodSeconds,
    40,
  );
});

helmTest(
  'with Pods for sessions engines have a token that is good for sandboxes alone, in a namespace of their own',
  async () => {
    const resources = await render(...pods, 'sandboxes.quota.pods=100');
    const engine = resources.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec;
    assert.equal(engine?.automountServiceAccountToken, true);
    const known = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
    for (const { name } of engine?.containers[0]?.env ?? []) assert.match(known, new RegExp(`^#?${name}=`, 'm'));
    for (const kind of ['Namespace', 'Role', 'RoleBinding', 'ResourceQuota'])
      assert.equal(resources.filter((resource) => resource.kind === kind).length, 1, kind);
    const [role] = parseAllDocuments(await template([...chosen, ...pods]))
      .map((document) => document.toJS())
      .filter(({ kind }) => kind === 'Role');
    assert.deepEqual(role.metadata.namespace, 'lucid-sandboxes');
    assert.deepEqual(
      role.rules.flatMap(({ resources: named }: { resources: string[] }) => named),
      ['pods', 'pods/exec'],
    );
    await assert.rejects(template([...chosen, ...pods, 'sandboxes.namespace=lucid']), /another than the engines' own/);
  },
);

const pods = ['sandbox=kubernetes', 'sandboxes.image=example.com/sandbox'];

helmTest('with daemons for sandboxes engines ask them over TLS, by a Secret, and reach their ports', async () => {
  const docker = [
    'sandbox=docker',
    'docker.hosts={tcp://d1.example.com:2377,tcp://[fd00::7]}',
    'docker.tlsSecretName=daemons',
  ];
  const text = await template([...chosen, ...docker, 'docker.variables.SANDBOX_RUNTIME=runsc']);
  const documents = parseAllDocuments(text).map((document) => document.toJS());
  const { spec } = documents.find(({ kind }) => kind === 'Deployment').spec.template;
  const [{ env, volumeMounts }] = spec.containers;
  const variables = new Map(env.map(({ name, value }: { name: string; value?: string }) => [name, value]));
  assert.equal(variables.get('SANDBOX'), 'docker');
  assert.equal(variables.get('SANDBOX_HOSTS'), 'tcp://d1.example.com:2377,tcp://[fd00::7]');
  assert.equal(variables.get('SANDBOX_RUNTIME'), 'runsc');
  const { mountPath } = volumeMounts.find(({ name }: { name: string }) => name === 'docker-tls');
  for (const [name, file] of [
    ['SANDBOX_HOSTS_CA', 'ca.crt'],
    ['SANDBOX_HOSTS_CERT', 'tls.crt'],
    ['SANDBOX_HOSTS_KEY', 'tls.key'],
  ] as const)
    assert.equal(variables.get(name), `${mountPath}/${file}`);
  const { secret } = spec.volumes.find(({ name }: { name: string }) => name === 'docker-tls');
  assert.deepEqual(secret, { secretName: 'daemons', defaultMode: 0o440 });
  assert.equal(spec.automountServiceAccountToken, false);
  const policy = documents.find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'agents-lucid-engine',
  );
  const ports = policy.spec.egress.flatMap((rule: { ports?: { port: number }[] }) => rule.ports ?? []);
  for (const port of [2376, 2377])
    assert.ok(
      ports.some((one: { port: number }) => one.port === port),
      String(port),
    );
});

helmTest('where agent-sandbox makes the Pods, engines may make Sandboxes and no Pod', async () => {
  const text = await template([...chosen, ...pods, 'sandboxes.podMaker=agent-sandbox']);
  const documents = parseAllDocuments(text).map((document) => document.toJS());
  const { rules } = documents.find(({ kind }) => kind === 'Role');
  const verbsOf = (named: string): string[] =>
    rules.flatMap((rule: { resources: string[]; verbs: string[] }) =>
      rule.resources.includes(named) ? rule.verbs : [],
    );
  assert.deepEqual(verbsOf('pods'), ['get', 'list']);
  assert.deepEqual(verbsOf('sandboxes'), ['create', 'delete', 'get', 'list', 'patch']);
  const { env } = documents.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
  const maker = env.find(({ name }: { name: string }) => name === 'SANDBOX_POD_MAKER');
  assert.equal(maker.value, 'agent-sandbox');
});

helmTest(
  'sandboxes and engines reach no network that is not of the public internet, and no metadata of a cloud',
  async () => {
    type Block = { cidr: string; except?: string[] };
    type Policy = { kind: string; spec: { egress?: { to?: { ipBlock?: Block }[] }[] } };
    const documents = parseAllDocuments(await template([...chosen, ...pods])).map((each) => each.toJS() as Policy);
    const blocks = documents
      .filter(({ kind }) => kind === 'NetworkPolicy')
      .flatMap(({ spec }) => (spec.egress ?? []).flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? [])));
    assert.equal(blocks.length, 4);
    const reserved = [...reservedV4Ranges, '169.254.169.254', 'fd00:ec2::254', 'fe80::1', '::1'];
    for (const { cidr, except = [] } of blocks)
      for (const range of [...reserved, ...(cidr === '2000::/3' ? reservedV6Ranges : [])]) {
        const [address = ''] = range.split('/');
        const isOpen = isInRange(address, cidr) && !except.some((one) => isInRange(address, one));
        assert.equal(isOpen && address !== '::1', false, `${range} by ${cidr}`);
      }
  },
);

helmTest('helm test asks the Service from a restricted Pod, which may reach engines whoever else may', async () => {
  const clients = 'networkPolicy.clients[0].podSelector.matchLabels.app=ingress';
  const documents = parseAllDocuments(await template([...chosen, clients])).map((document) => document.toJS());
  const pod = documents.find(({ kind }) => kind === 'Pod');
  assert.equal(pod.metadata.annotations['helm.sh/hook'], 'test');
  const { spec } = v.parse(Resource, { ...pod, spec: { template: { spec: pod.spec } } });
  assert.equal(spec?.template?.spec.automountServiceAccountToken, false);
  assert.partialDeepStrictEqual(pod.spec.containers[0].securityContext, { readOnlyRootFilesystem: true });
  assert.match(pod.spec.containers[0].args[0], /http:\/\/agents-lucid-engine:8000/);
  const policy = documents.find(
    ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'agents-lucid-engine',
  );
  const [{ from }] = policy.spec.ingress;
  const labels = from.map(({ podSelector }: { podSelector: { matchLabels: object } }) => podSelector.matchLabels);
  assert.equal(labels.length, 2);
  assert.partialDeepStrictEqual(pod.metadata.labels, labels[0]);
});

helmTest('an engine without a bus knows its sandboxes by a name, since its storage ends with it', async () => {
  const nameIn = async (...values: string[]) => {
    const resources = await render(...pods, ...values);
    const engine = resources.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec.containers[0];
    return engine?.env.filter(({ name }) => name === 'CLUSTER_NAME').map(({ value }) => value);
  };
  assert.deepEqual(await nameIn('nats.enabled=false', 'engines=1'), ['agents-lucid-engine-lucid']);
  assert.deepEqual(await nameIn(), ['lucid']);
});

helmTest('an engine gets variables that it knows, and secrets by reference only', async () => {
  const known = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
  const resources = await render('sandbox=local', 'allowedOrigins[0]=https://a.example.com');
  const engine = resources.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec.containers[0];
  assert.ok(engine && engine.env.length > 15);
  for (const { name, value } of engine.env) {
    assert.match(known, new RegExp(`^#?${name}=`, 'm'));
    if (/SECRET|KEY|CREDENTIALS|DATABASE_URL/.test(name)) assert.equal(value, undefined, name);
  }
});

helmTest(
  "the chart's nats-server takes engines with the nkey over TLS",
  async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'lucid-chart-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await promisify(execFile)('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', path.join(folder, 'tls.key'), '-out', path.join(folder, 'tls.crt')],
    ]);
    const resources = await render('nats.servers=1');
    const text = resources.find(({ kind }) => kind === 'ConfigMap')?.data?.['nats.conf'] ?? '';
    const here = text.replaceAll('/etc/nats-tls', folder).replace('$SERVER_NAME', 'here').replace('http: 8222', '');
    await writeFile(path.join(folder, 'nats.conf'), here);
    const server = await NatsServer.start(t, ['-c', path.join(folder, 'nats.conf')]);
    const troubles: string[] = [];
    const ca = await readFile(path.join(folder, 'tls.crt'), 'utf8');
    const credentials = new TextDecoder().decode(key.getSeed());
    const [a, b] = ['a', 'b'].map((name) => {
      const settings = { name, urls: [`tls://localhost:${server.port}`], ca, credentials };
      const wire = createNatsWire(settings, (reason) => troubles.push(reason));
      t.after(() => wire.close());
      wire.open();
      return wire;
    }) as [BusWire, BusWire];
    const heard: string[] = [];
    b.listen('lucid.lucid.b', (bytes) => heard.push(new TextDecoder().decode(bytes)));
    await waitUntil(() => a.isUp && b.isUp);
    await b.flush(); // The server knows what is listened for.
    a.send('lucid.lucid.b', new TextEncoder().encode('hello'));
    await waitUntil(() => heard.length === 1);
    assert.deepEqual(troubles, []);
  },
  natsTest,
);
