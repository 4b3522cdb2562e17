// Makes archives of a session's workspace: asks its host for part after part, and holds one at a time.
import { bytesOfEscaped } from '../../sandbox/workspace/escaped-text.ts';
import { type ErrorCode, failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Patch, WorkspaceEntry } from '../../schema/file.ts';
import { limits } from '../../schema/limits.ts';
import type { Download } from '../../schema/protocol/route.ts';
import type { WorkspaceAnswers, WorkspaceRequest } from '../../schema/workspace-request.ts';
import { CutDownload } from '../server/download.ts';
import { type TarEntry, tarEnd, tarHeaderOf, tarPaddingOf } from './tar.ts';
import { zip } from './zip.ts';

export type AskWorkspace = <Ask extends WorkspaceRequest['ask']>(
  request: Extract<WorkspaceRequest, { ask: Ask }>,
) => Promise<Outcome<WorkspaceAnswers[Ask]>>;

const contentType = 'application/gzip';

/** @returns `fileTooLarge` where the workspace's files hold more than `limits.archiveBytesMax` */
export async function archiveWorkspace(name: string, ask: AskWorkspace): Promise<Outcome<Download>> {
  const listed = await ask({ ask: 'listAll' });
  if (!listed.ok) return listed;
  const bytes = listed.value.reduce((sum, { kind, size }) => sum + (kind === 'file' ? size : 0), 0);
  if (bytes > limits.archiveBytesMax) {
    const bound = `the archive of a workspace may hold ${limits.archiveBytesMax}`;
    return failed('fileTooLarge', `The files of the workspace hold ${bytes} bytes; ${bound}.`);
  }
  return succeeded({ contentType, fileName: `${name}.tar.gz`, chunks: zip(packFiles(listed.value, ask)) });
}

/** @returns `fileTooLarge` where the patch has more than `limits.patchBytesMax` */
export async function archivePatch(name: string, ask: AskWorkspace, nowMs: number): Promise<Outcome<Download>> {
  const patch = await ask({ ask: 'makePatch' });
  if (!patch.ok) return patch;
  const chunks = zip(packPatch(patch.value, ask, nowMs));
  return succeeded({ contentType, fileName: `${name}-changes.tar.gz`, chunks });
}

async function* packFiles(entries: readonly WorkspaceEntry[], ask: AskWorkspace): AsyncGenerator<Uint8Array> {
  let left = limits.archiveBytesMax;
  for (const entry of entries) {
    if (entry.kind !== 'file') yield tarHeaderOf(tarEntryOf(entry, 0));
    else left -= yield* packFile(entry, left, ask);
  }
  yield tarEnd;
}

/** A file may change meanwhile: it has the size that it had first, and one that is gone is left out. @returns its bytes */
async function* packFile(entry: WorkspaceEntry, left: number, ask: AskWorkspace): AsyncGenerator<Uint8Array, number> {
  const first = await ask({ ask: 'readBytes', path: entry.path, offset: 0 });
  if (!first.ok && isGone(first.failure.code)) return 0;
  const { bytes, size } = unwrap(first);
  if (size > left) throw new CutDownload('The workspace has grown beyond what an archive may hold.');
  yield tarHeaderOf(tarEntryOf(entry, size));
  const beginning = bytes.subarray(0, size);
  yield beginning;
  let offset = beginning.length;
  while (offset < size) {
    const part = await ask({ ask: 'readBytes', path: entry.path, offset });
    const read = !part.ok && isGone(part.failure.code) ? new Uint8Array() : unwrap(part).bytes;
    const next =
      read.length === 0
        ? new Uint8Array(Math.min(size - offset, limits.fileBytesMax))
        : read.subarray(0, size - offset);
    yield next;
    offset += next.length;
  }
  yield tarPaddingOf(size);
  return size;
}

async function* packPatch(patch: Patch, ask: AskWorkspace, nowMs: number): AsyncGenerator<Uint8Array> {
  const name = Buffer.from('changes.patch');
  yield tarHeaderOf({ name, kind: 'file', size: patch.size, mode: 0o644, modifiedAtS: Math.floor(nowMs / 1_000) });
  for (let offset = 0; offset < patch.size; ) {
    const part = unwrap(await ask({ ask: 'readPatch', patch, offset })).subarray(0, patch.size - offset);
    if (part.length === 0) throw new CutDownload('The patch has become shorter while it was read.');
    yield part;
    offset += part.length;
  }
  yield tarPaddingOf(patch.size);
  yield tarEnd;
}

const tarEntryOf = ({ path, kind, mode, modifiedAtS, target }: WorkspaceEntry, size: number): TarEntry => ({
  name: bytesOfEscaped(path),
  kind,
  size,
  mode,
  modifiedAtS,
  ...(target !== undefined && { target: bytesOfEscaped(target) }),
});

const isGone = (code: ErrorCode): boolean => code === 'noSuchFile' || code === 'notAFile' || code === 'badPath';

/** @throws CutDownload, by which the connection ends */
function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new CutDownload(outcome.failure.detail);
}
