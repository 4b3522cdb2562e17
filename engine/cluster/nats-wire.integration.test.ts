// The bus over a real nats-server: posts arrive, a server that is killed costs a moment, and strangers are kept out.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { nkeys } from '@nats-io/transport-node';
import type { BusMessage } from '../../schema/bus.ts';
import { NatsServer, natsTest } from '../testing/nats.ts';
import { waitUntil } from '../testing/rest.ts';
import { Bus } from './bus.ts';
import { createNatsWire, type NatsWireSettings } from './nats-wire.ts';
import { messageBytesMax } from './pieces.ts';

type Heard = { from: string; message: BusMessage };
type Member = { bus: Bus; heard: Heard[]; troubles: string[]; refused: number[] };

function join(t: TestContext, bootId: string, settings: Omit<NatsWireSettings, 'name'>, cluster = 'test'): Member {
  const troubles: string[] = [];
  const wire = createNatsWire({ ...settings, name: bootId }, (reason) => troubles.push(reason));
  const bus = new Bus({ wire, cluster, bootId, now: Date.now });
  const heard: Heard[] = [];
  const refused: number[] = [];
  bus.start({
    receive: (from, message) => heard.push({ from, message }),
    onRefused: (bytes) => refused.push(bytes),
    onThrown: (error) => assert.fail(String(error)),
    onChange: () => undefined,
  });
  t.after(() => bus.close());
  return { bus, heard, troubles, refused };
}

const areUp = (...members: Member[]) => waitUntil(() => members.every(({ bus }) => bus.isUp));

natsTest('messages arrive in order, at the engine that they are for and at no other', async (t) => {
  const server = await NatsServer.start(t);
  const settings = { urls: [server.url] };
  const [a, b, c] = [join(t, 'a', settings), join(t, 'b', settings), join(t, 'c', settings)];
  const stranger = join(t, 'b', settings, 'another-cluster');
  await areUp(a, b, c, stranger);
  for (let k = 0; k < 1_000; k++) a.bus.send({ bootId: 'b' }, { kind: 'moved', sessionId: String(k) });
  a.bus.send('all', { kind: 'leaving' });
  await waitUntil(() => b.heard.length === 1_001 && c.heard.length === 1);
  assert.deepEqual(
    b.heard.slice(0, 1_000).map(({ message }) => message.kind === 'moved' && Number(message.sessionId)),
    Array.from({ length: 1_000 }, (_, k) => k),
  );
  assert.deepEqual([a.heard, stranger.heard], [[], []]);
});

natsTest('an engine starts without a server, and is on the bus once there is one', async (t) => {
  const server = await NatsServer.start(t);
  await server.kill();
  const member = join(t, 'a', { urls: [server.url] });
  await waitUntil(() => member.troubles.length === 1);
  assert.equal(member.bus.send({ bootId: 'b' }, { kind: 'leaving' }), false, 'nothing is sent into the void');
  await server.restart();
  await areUp(member);
});

natsTest('an engine that may not use its subjects is not on the bus, says why, and is once it may', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-nats-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = path.join(folder, 'nats.conf');
  const allow = ({ publish, subscribe }: { publish: string; subscribe: string }) =>
    writeFile(
      config,
      `no_auth_user: a, authorization { users = [ { user: a, password: b, permissions: { publish: "${publish}", subscribe: "${subscribe}" } } ] }`,
    );
  await allow({ publish: 'lucid.test.>', subscribe: 'lucid.other.>' });
  const server = await NatsServer.start(t, ['-c', config]);
  const member = join(t, 'a', { urls: [server.url] });
  const isUp = () => member.bus.isUp;
  const refusals = () => member.troubles.filter((reason) => /permissions violation.*lucid\.test\./i.test(reason));
  await waitUntil(() => refusals().length === 1);
  assert.equal(isUp(), false);
  await allow({ publish: 'lucid.other.>', subscribe: 'lucid.test.>' });
  process.kill(server.pid as number, 'SIGHUP');
  await waitUntil(isUp);
  await waitUntil(() => {
    member.bus.send({ bootId: 'b' }, { kind: 'leaving' });
    return !isUp();
  });
  await allow({ publish: 'lucid.test.>', subscribe: 'lucid.test.>' });
  process.kill(server.pid as number, 'SIGHUP');
  await areUp(member);
  assert.equal(refusals().length, 1);
});

natsTest('a server that is killed and comes back has both engines again', async (t) => {
  const server = await NatsServer.start(t);
  const [a, b] = [join(t, 'a', { urls: [server.url] }), join(t, 'b', { urls: [server.url] })];
  await areUp(a, b);
  await server.kill();
  await waitUntil(() => !a.bus.isUp && !b.bus.isUp);
  await server.restart();
  await areUp(a, b);
  await waitUntil(async () => {
    a.bus.send({ bootId: 'b' }, { kind: 'leaving' });
    await delay(50);
    return b.heard.length > 0;
  });
});

natsTest(
  'an engine with much to say to a server that stands still is soon on the bus again, over another one',
  async (t) => {
    const [still, other] = [await NatsServer.start(t), await NatsServer.start(t)];
    await other.kill();
    const urls = [still.url, other.url];
    const wire = createNatsWire({ urls, name: 'a' }, () => undefined);
    t.after(() => wire.close());
    wire.open();
    await waitUntil(() => wire.isUp);
    await other.restart();
    process.kill(still.pid as number, 'SIGSTOP');
    for (let megabytes = 0; megabytes < 64; megabytes++) wire.send('lucid.test.all', Buffer.alloc(1_000_000));
    await waitUntil(() => !wire.isUp);
    await waitUntil(() => wire.isUp);
    await wire.flush();
  },
);

natsTest(
  'a message that is larger than the server takes arrives in pieces, and one that is too large is refused',
  async (t) => {
    const server = await NatsServer.start(t);
    const [a, b] = [join(t, 'a', { urls: [server.url] }), join(t, 'b', { urls: [server.url] })];
    await areUp(a, b);
    const messageOf = (bytes: number): BusMessage => ({
      kind: 'live',
      sessionId: 's',
      frames: [`{"text":"${'x'.repeat(bytes)}"}`],
    });
    assert.equal(a.bus.send({ bootId: 'b' }, messageOf(messageBytesMax)), false);
    for (const bytes of [3_000_000, 2_000_000, 10]) assert.equal(a.bus.send({ bootId: 'b' }, messageOf(bytes)), true);
    await waitUntil(() => b.heard.length === 3);
    const lengths = b.heard.map(({ message }) => JSON.stringify(message).length).sort((one, other) => one - other);
    assert.deepEqual(
      lengths,
      [10, 2_000_000, 3_000_000].map((bytes) => JSON.stringify(messageOf(bytes)).length),
    );
  },
);

natsTest('over TLS with an nkey engines hear each other; who has another key is never on the bus', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lucid-nats-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [key, other] = [nkeys.createUser(), nkeys.createUser()];
  const [cert, certKey, config] = ['cert.pem', 'key.pem', 'nats.conf'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', certKey, '-out', cert],
  ]);
  await writeFile(
    config,
    `tls { cert_file: "${cert}", key_file: "${certKey}" }
     max_payload: 4MB
     accounts { lucid { users = [ { nkey: ${key.getPublicKey()}, permissions: { publish: "lucid.test.>", subscribe: "lucid.test.>" } } ] } }`,
  );
  const server = await NatsServer.start(t, ['-c', config]);
  const seedOf = (pair: typeof key) => new TextDecoder().decode(pair.getSeed());
  const settings = { urls: [`tls://localhost:${server.port}`], ca: await readFile(cert, 'utf8') };
  const [a, b] = ['a', 'b'].map((bootId) => join(t, bootId, { ...settings, credentials: seedOf(key) })) as [
    Member,
    Member,
  ];
  const stranger = join(t, 'c', { ...settings, credentials: seedOf(other) });
  await areUp(a, b);
  const large = `{"text":"${'x'.repeat(2 * 1024 * 1024)}"}`;
  a.bus.send({ bootId: 'b' }, { kind: 'live', sessionId: 's', frames: [large] });
  await waitUntil(() => b.heard.length === 1 && stranger.troubles.length > 0);
  assert.match(stranger.troubles.join(), /authorization/i);
  assert.equal(stranger.bus.isUp, false);
});
