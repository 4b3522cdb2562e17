// An archive is made part by part as it is read, stays whole while files change under it, and ends where it can't.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { WorkspaceEntry } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import type { Download } from '../../schema/protocol/route.ts';
import type { WorkspaceRequest } from '../../schema/workspace-request.ts';
import { CutDownload } from '../server/download.ts';
import { type AskWorkspace, archivePatch, archiveWorkspace } from './workspace-archive.ts';

const entry = (path: string, size: number, more: Partial<WorkspaceEntry> = {}): WorkspaceEntry => ({
  path,
  kind: 'file',
  size,
  mode: 0o644,
  modifiedAtS: 0,
  ...more,
});

type Answer = (request: WorkspaceRequest) => Outcome<unknown>;

/** A host that has these entries, and answers each read as told. */
function hostOf(entries: WorkspaceEntry[], answer: Answer) {
  const asked: WorkspaceRequest[] = [];
  const ask = (async (request: WorkspaceRequest) => {
    if (request.ask === 'listAll') return succeeded(entries);
    asked.push(request);
    return answer(request);
  }) as AskWorkspace;
  return { ask, asked };
}

const partOf =
  (content: Buffer): Answer =>
  (request) => {
    const offset = 'offset' in request ? request.offset : 0;
    return succeeded({ bytes: content.subarray(offset, offset + limits.fileBytesMax), size: content.length });
  };

async function readAll(download: Outcome<Download>): Promise<Buffer> {
  assert.ok(download.ok);
  const chunks: Uint8Array[] = [];
  for await (const chunk of download.value.chunks) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

const list = (archive: Buffer): string => execFileSync('tar', ['-tzv'], { input: archive }).toString();
const extract = (archive: Buffer, name: string): Buffer =>
  execFileSync('tar', ['-xzO', name], { input: archive, maxBuffer: 1e8 });

test('a file of several parts comes out as it is', async () => {
  const content = randomBytes(3 * limits.fileBytesMax + 5);
  const { ask, asked } = hostOf([entry('large', content.length)], partOf(content));
  const archive = await readAll(await archiveWorkspace('s-1', ask));
  assert.ok(extract(archive, 'large').equals(content));
  assert.equal(asked.length, 4);
});

test('no more is asked for than the reader takes, and nothing any more once it has gone', async () => {
  const content = randomBytes(limits.fileBytesMax);
  const files = Array.from({ length: 100 }, (_, at) => entry(`file-${at}`, content.length));
  const { ask, asked } = hostOf(files, partOf(content));
  const download = await archiveWorkspace('s-1', ask);
  assert.ok(download.ok);
  for await (const chunk of download.value.chunks) {
    assert.ok(chunk.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    break;
  }
  assert.ok(asked.length < 8, `${asked.length} of 100 files were read ahead`);
  const before = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal(asked.length, before);
});

test('files that change or go while they are read leave the archive whole', async () => {
  const files = [entry('gone', 10), entry('grown', 3), entry('shrunk', limits.fileBytesMax + 100), entry('kept', 4)];
  const { ask } = hostOf(files, (request) => {
    const { path, offset } = request as Extract<WorkspaceRequest, { ask: 'readBytes' }>;
    if (path === 'gone') return failed('noSuchFile', 'It is gone.');
    if (path === 'shrunk' && offset > 0) return succeeded({ bytes: new Uint8Array(), size: 5 });
    const content = { grown: 'grown', shrunk: 'x'.repeat(limits.fileBytesMax + 100), kept: 'kept' }[path] ?? '';
    return partOf(Buffer.from(content))(request);
  });
  const archive = await readAll(await archiveWorkspace('s-1', ask));
  assert.match(list(archive), / 5 .* grown\n.* 1048676 .* shrunk\n.* 4 .* kept\n$/);
  assert.equal(extract(archive, 'kept').toString(), 'kept');
  assert.ok(extract(archive, 'shrunk').subarray(limits.fileBytesMax).equals(Buffer.alloc(100)));
});

test('a sandbox that answers more than the size that it names leaves the archive whole', async () => {
  const { ask } = hostOf([entry('a', 2), entry('b', 2)], () => succeeded({ bytes: Buffer.from('too long'), size: 2 }));
  const archive = await readAll(await archiveWorkspace('s-1', ask));
  assert.deepEqual([extract(archive, 'a').toString(), extract(archive, 'b').toString()], ['to', 'to']);
});

test('a workspace over the limit is refused with both figures before anything is read', async () => {
  const { ask, asked } = hostOf([entry('a', limits.archiveBytesMax), entry('b', 1)], partOf(Buffer.alloc(0)));
  const refused = await archiveWorkspace('s-1', ask);
  assert.ok(!refused.ok);
  assert.equal(refused.failure.code, 'fileTooLarge');
  assert.match(refused.failure.detail, /hold 536870913 bytes; .* may hold 536870912\.$/);
  assert.deepEqual(asked, []);
});

test('where the session ends meanwhile, or its workspace grows without end, the archive is cut', async () => {
  const ended = hostOf([entry('a', 1)], () => failed('sessionEnded', 'The session has ended.'));
  await assert.rejects(async () => readAll(await archiveWorkspace('s-1', ended.ask)), CutDownload);
  const endless = hostOf([entry('a', 1)], () =>
    succeeded({ bytes: new Uint8Array(1), size: limits.archiveBytesMax + 1 }),
  );
  await assert.rejects(async () => readAll(await archiveWorkspace('s-1', endless.ask)), CutDownload);
});

test('a patch comes as one file, and is cut where it is gone before its end', async () => {
  const patch = randomBytes(limits.fileBytesMax + 7);
  const answerWith = (content: Buffer) => (request: WorkspaceRequest) =>
    request.ask === 'makePatch'
      ? succeeded({ id: 'p-1', size: patch.length })
      : succeeded(content.subarray((request as { offset: number }).offset).subarray(0, limits.fileBytesMax));
  const whole = hostOf([], answerWith(patch));
  const archive = await readAll(await archivePatch('s-1', whole.ask, 0));
  assert.ok(extract(archive, 'changes.patch').equals(patch));
  const short = hostOf([], answerWith(patch.subarray(0, 10)));
  await assert.rejects(async () => readAll(await archivePatch('s-1', short.ask, 0)), CutDownload);
});
