// Snapshots in a shared folder and in a real S3 server: sealed, never overwritten, refused when they are not what was stored.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { openSnapshotsOf } from '../../sandbox/snapshot/snapshot-archive.ts';
import type { SnapshotStore } from '../../sandbox/snapshot/snapshot-store.ts';
import { openObjectStore } from '../../sandbox/snapshot/store/open-store.ts';
import { S3Store } from '../../sandbox/snapshot/store/s3-store.ts';
import type { WorkspaceStoreConfig } from '../../schema/workspace-store.ts';
import { S3Server, s3Bucket, s3Key, s3Test } from '../testing/s3.ts';

const sealingKey = randomBytes(32);
const sessionId = '01a20798-15ff-7000-8000-000000000001';

type Opened = { store: SnapshotStore; config: WorkspaceStoreConfig; objects: string };

async function openStore(t: TestContext, config: WorkspaceStoreConfig, objects: string): Promise<Opened> {
  const archive = await openSnapshotsOf(config)?.();
  assert.ok(archive);
  t.after(() => archive.store.close());
  return { store: archive.store, config, objects };
}

async function openFolder(t: TestContext): Promise<Opened> {
  const folder = await mkdtemp('/tmp/lucid-snapshots-');
  t.after(() => rm(folder, { recursive: true, force: true }));
  return openStore(t, { place: { kind: 'folder', folder }, sealingKey }, folder);
}

async function openBucket(t: TestContext): Promise<Opened> {
  const server = await S3Server.start(t);
  const place = {
    kind: 's3',
    endpoint: server.endpoint,
    bucket: s3Bucket,
    prefix: 'a/b',
    region: 'us-east-1',
  } as const;
  await mkdir(path.join(server.bucketFolder, 'a/b'), { recursive: true });
  return openStore(t, { place: { ...place, ...s3Key }, sealingKey }, path.join(server.bucketFolder, 'a/b'));
}

const headOf = (commit: string, before: string[] = []) => ({
  commit: commit.repeat(40),
  before,
  baseBytes: 1,
  differenceBytes: 0,
});

async function* inParts(content: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += 2_000_000) yield content.subarray(at, at + 2_000_000);
}

async function gather(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

const secret = 'a token that an agent wrote into a file';

async function testStore({ store, objects }: Opened): Promise<void> {
  const [small, large] = [Buffer.from(secret), randomBytes(19_000_000)];
  await store.put(sessionId, { epoch: 2, sequence: 9 }, headOf('a'), inParts(small));
  await store.put(sessionId, { epoch: 2, sequence: 30 }, headOf('b', ['2-9']), inParts(large));
  await store.put(sessionId, { epoch: 10, sequence: 12 }, headOf('c'), inParts(Buffer.alloc(0)));
  assert.deepEqual(await store.list(sessionId, 100), ['10-12', '2-30', '2-9'], 'the newest owner’s first');
  assert.deepEqual(await store.list(sessionId, 20), ['10-12', '2-9'], 'and none that the conversation does not know');
  assert.deepEqual(await gather(store.readBundle(sessionId, '2-9')), small);
  assert.ok((await gather(store.readBundle(sessionId, '2-30'))).equals(large));
  assert.equal((await gather(store.readBundle(sessionId, '10-12'))).length, 0);
  assert.deepEqual(await store.readHead(sessionId, '2-30'), { ...headOf('b', ['2-9']), name: '2-30' });
  await assert.rejects(
    store.put(sessionId, { epoch: 2, sequence: 9 }, headOf('d'), inParts(large)),
    'nothing is overwritten',
  );
  assert.deepEqual(await gather(store.readBundle(sessionId, '2-9')), small);
  for (const name of ['2-9', '2-30']) {
    const stored = await readFile(path.join(objects, sessionId, name));
    for (const part of [secret, 'commit', 'a'.repeat(40)]) assert.equal(stored.includes(part), false, 'it is sealed');
  }
  await testDamage(store, objects);
  await store.removeBefore(sessionId, { epoch: 10, sequence: 12 });
  assert.deepEqual(await store.list(sessionId, 100), ['10-12']);
  await store.put('another', { epoch: 1, sequence: 1 }, headOf('a'), inParts(small));
  await store.removeAll(sessionId);
  assert.deepEqual(await store.list(sessionId, 100), []);
  assert.deepEqual(await store.list('another', 100), ['1-1']);
  assert.deepEqual(await readdir(objects), ['another']);
}

/** Changed, cut off, another one's under its name, and gone. */
async function testDamage(store: SnapshotStore, objects: string): Promise<void> {
  const file = (name: string) => path.join(objects, sessionId, name);
  const [small, large] = [await readFile(file('2-9')), await readFile(file('2-30'))];
  const refuse = (name: string) =>
    assert.rejects(gather(store.readBundle(sessionId, name)), { message: /^The snapshot \S+ is (damaged|missing)/ });
  small[40] = (small[40] as number) ^ 1;
  await writeFile(file('2-9'), small);
  await refuse('2-9');
  assert.equal(await store.findHead(sessionId, '2-9'), undefined);
  await truncate(file('2-30'), 5_000_000);
  await refuse('2-30');
  await writeFile(file('2-9'), large);
  await refuse('2-9');
  await refuse('2-10');
}

test('a shared folder keeps snapshots sealed and once, and refuses what is damaged, forged or cut off', async (t) => {
  await testStore(await openFolder(t));
});

s3Test('an S3 server keeps snapshots sealed and once, and refuses what is damaged, forged or cut off', async (t) => {
  await testStore(await openBucket(t));
});

s3Test('an S3 server that is away or refuses the key is said, and nothing is taken for missing', async (t) => {
  const { config } = await openBucket(t);
  assert.ok(config.place.kind === 's3');
  const broken = { ...config.place, secret: 'another secret' };
  const { store } = await openStore(t, { place: broken, sealingKey }, '');
  await assert.rejects(store.list(sessionId, 1), /signature/i);
  const away = { ...config.place, endpoint: 'http://127.0.0.1:9' };
  const other = await openStore(t, { place: away, sealingKey }, '');
  await assert.rejects(other.store.list(sessionId, 1), /ECONNREFUSED/);
  await assert.rejects(gather(other.store.readBundle(sessionId, '1-1')), /ECONNREFUSED/);
});

test('what an engine that died was storing in a folder goes with its session', async (t) => {
  const { store, objects } = await openFolder(t);
  await mkdir(path.join(objects, sessionId));
  await writeFile(path.join(objects, sessionId, '1-1.unfinished-00ff'), 'a part');
  assert.deepEqual(await store.list(sessionId, 100), []);
  await store.removeAll(sessionId);
  assert.deepEqual(await readdir(objects), []);
  await store.removeAll(sessionId);
});

s3Test(
  'what an engine that died was storing in a bucket goes with its session, and any number of snapshots',
  async (t) => {
    const { store, config } = await openBucket(t);
    assert.ok(config.place.kind === 's3');
    const { endpoint, region, bucket, prefix } = config.place;
    const credentials = { accessKeyId: s3Key.key, secretAccessKey: s3Key.secret };
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    t.after(() => client.destroy());
    const of = { Bucket: bucket, Prefix: `${prefix}/${sessionId}/` };
    await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: `${of.Prefix}1-9` }));
    const countUploads = async () => (await client.send(new ListMultipartUploadsCommand(of))).Uploads?.length ?? 0;
    assert.equal(await countUploads(), 1);
    await store.removeAll(sessionId);
    assert.equal(await countUploads(), 0);
    const objects = await openObjectStore(config);
    t.after(() => objects.close());
    await objects.remove(Array.from({ length: 1_001 }, (_, at) => `${sessionId}/1-${at}`));
  },
);

test('an S3 server whose answer stands still is given up', async (t) => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('a beginning');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const objects = new S3Store({ endpoint, bucket: s3Bucket, prefix: '', region: 'us-east-1', ...s3Key }, 2_000);
  t.after(() => objects.close());
  await assert.rejects(gather(await objects.get(`${sessionId}/1-1`)), /inactivity/);
});

test('a folder that is not there is trouble, and no empty store', async (t) => {
  const { store } = await openStore(
    t,
    { place: { kind: 'folder', folder: '/tmp/lucid-no-such-folder' }, sealingKey },
    '',
  );
  await assert.rejects(store.list(sessionId, 1), /is not there/);
  await assert.rejects(
    store.put(sessionId, { epoch: 1, sequence: 1 }, headOf('a'), inParts(Buffer.alloc(1))),
    /is not there/,
  );
});
