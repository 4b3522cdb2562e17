// The changes of a workspace that began empty and has no git: all of its files are new. Pure.
import type { Change, FileDiff } from '../../schema/change.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { cutText } from '../../schema/rules/text.ts';
import { workspace } from '../sandbox.ts';
import { hiddenFolders } from '../workspace/workspace-path.ts';
import type { FoundChanges } from './changes-base.ts';

export type NewFile = { path: string; content: string };

/** @param files in any order; those in folders that tools make are left out */
export function listNewFiles(files: Iterable<NewFile>): FoundChanges {
  const shown = [...files].filter(({ path }) => !path.split('/').some((name) => hiddenFolders.has(name)));
  const changes = shown.map(changeOf).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { changes: changes.slice(0, limits.changesMax), isCut: changes.length > limits.changesMax };
}

/** @returns `noSuchFile` where there is no file at that path */
export function diffOfNewFile(files: Iterable<NewFile>, path: string): Outcome<FileDiff> {
  const file = [...files].find((each) => each.path === path);
  if (!file) return failed('noSuchFile', 'There is no change at that path.');
  const change = changeOf(file);
  const diff = patchOf(file, change);
  const isCut = diff.length > limits.diffBytesMax;
  return succeeded({ ...change, diff: cutText(diff, limits.diffBytesMax), ...(isCut && { truncated: true }) });
}

/** Binary files are named in it, and left out. */
export function patchOfNewFiles(files: Iterable<NewFile>): Buffer {
  const all = [...files];
  const { changes } = listNewFiles(all);
  const byPath = new Map(all.map((file) => [file.path, file]));
  return Buffer.from(changes.map((change) => patchOf(byPath.get(change.path) as NewFile, change)).join(''));
}

/** The patch that makes the file, as git writes it. */
function patchOf({ path, content }: NewFile, { added, binary }: Change): string {
  const name = path.slice(workspace.length + 1);
  const head = `diff --git a/${name} b/${name}\nnew file mode 100644\n`;
  if (binary) return `${head}Binary files /dev/null and b/${name} differ\n`;
  if (added === 0) return head;
  const lines = content.replace(/\n$/, '').split('\n');
  const end = content.endsWith('\n') ? '' : '\\ No newline at end of file\n';
  const range = added === 1 ? '1' : `1,${added}`;
  return `${head}--- /dev/null\n+++ b/${name}\n@@ -0,0 +${range} @@\n${lines.map((line) => `+${line}\n`).join('')}${end}`;
}

function changeOf({ path, content }: NewFile): Change {
  const change: Change = { path, kind: 'added', added: 0, removed: 0 };
  if (content.includes('\0') || !content.isWellFormed()) return { ...change, binary: true };
  return { ...change, added: content.split('\n').length - (content === '' || content.endsWith('\n') ? 1 : 0) };
}
