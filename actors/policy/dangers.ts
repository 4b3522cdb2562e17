// What asks by default in every mode: pushes with force or to the default branch, and deletion outside of the workspace.
import path from 'node:path';
import { readPush } from './pushes.ts';
import type { ShellCommand, ShellLine } from './read-shell-line.ts';
import { withoutFolder } from './unwrap-command.ts';

export type DangerName = 'forcePush' | 'pushToDefault' | 'deleteOutside';

/** `isSure`: false where it may be, and only the shell or the repository knows. */
export type Danger = { name: DangerName; isSure: boolean };

export const describeDanger: Record<DangerName, string> = {
  forcePush: 'This pushes with force, or deletes a branch of the remote.',
  pushToDefault: 'This pushes to the default branch, or to the branch that is checked out, which may be it.',
  deleteOutside: 'This deletes outside of the workspace.',
};

/** The workspace as every command may name it, and folders for what is thrown away. */
const ownFolders: readonly string[] = ['/workspace', '/tmp', '/var/tmp', '/dev/shm'];

const deletingNames = ['rm', 'rmdir', 'unlink', 'shred'];
const deleting: ReadonlySet<string | undefined> = new Set(deletingNames);

/** Each danger has one of these words in it. */
const dangerous = new RegExp([...deletingNames, '-delete', 'push'].join('|'));

/** What commands do by themselves. @param root where commands find the workspace */
export const findDangers = (commands: readonly ShellCommand[], root: string): Danger[] =>
  commands.flatMap((command) => dangersOf(command, root));

/**
 * Whether a line may hold a command that is sure to be dangerous, by its characters alone: reading the line takes ten times as
 * long. A word that is put together needs one of the first; quotes may stand anywhere in a word.
 */
export const mayBeDangerous = (text: string): boolean =>
  /[\\$`{]/.test(text) || dangerous.test(text.replaceAll(/["']/g, ''));

/** What a line's commands may start besides, by their arguments. @param text the line as it is written */
export function findHiddenDangers({ possible, texts, isUnderstood }: ShellLine, root: string, text: string): Danger[] {
  const maybe = findDangers(possible, root).map(({ name }) => ({ name, isSure: false }));
  return mergeDangers([...maybe, ...(isUnderstood ? texts : [text, ...texts]).flatMap(findWrittenDangers)]);
}

/** Each once, and sure where one of them is. */
export function mergeDangers(found: readonly Danger[]): Danger[] {
  const names = new Set(found.map(({ name }) => name));
  return [...names].map((name) => ({ name, isSure: found.some((danger) => danger.name === name && danger.isSure) }));
}

/** In a line that isn't understood, such as a very long one, what is written anywhere in it may be run. */
function findWrittenDangers(text: string): Danger[] {
  const isForced = /\bpush\b[^\n]*\s(-\w*[fd]|--(fo|de|mi|pr)|[+:]\w)/.test(text);
  const danger = (name: DangerName): Danger => ({ name, isSure: false });
  if (isForced) return [danger('forcePush')];
  return /\bgit\b[^\n]*\bpush\b/.test(text) ? [danger('pushToDefault')] : [];
}

function dangersOf(written: ShellCommand, root: string): Danger[] {
  const command = { ...written, words: withoutFolder(written.words) };
  const dangers: Danger[] = deletesOutside(command, root) ? [{ name: 'deleteOutside', isSure: true }] : [];
  const push = readPush(command.words);
  if (push && push.isForced !== 'no') dangers.push({ name: 'forcePush', isSure: push.isForced === 'yes' });
  if (push && push.toDefault !== 'no') dangers.push({ name: 'pushToDefault', isSure: push.toDefault === 'yes' });
  return dangers;
}

/** Of what `find` and `xargs` delete, the folders that are searched count. */
function deletesOutside({ words, folder }: ShellCommand, root: string): boolean {
  const [name, ...args] = words;
  if (name === 'find' && (args.includes('-delete') || args.some((word) => deleting.has(word)))) {
    const searched = args.slice(args.findIndex((word) => word === undefined || !/^-([LPH]|O\d)$/.test(word)));
    const end = searched.findIndex((word) => word === undefined || /^[-(!]/.test(word));
    return searched.slice(0, end).some((target) => isOutside(target, folder, root));
  }
  if (!deleting.has(name)) return false;
  const marker = args.indexOf('--');
  return args.some((word, at) => {
    const isOption = word?.startsWith('-') && !(marker >= 0 && at > marker);
    return !isOption && isOutside(word, folder, root);
  });
}

/** A word that only the shell knows counts as inside: an agent deletes its own files by variables all the time. */
function isOutside(target: string | undefined, folder: string | undefined, root: string): boolean {
  if (target === undefined) return false;
  if (target.startsWith('~')) return true;
  if (target.startsWith('/')) return !isOwn(path.posix.normalize(target), root);
  if (folder?.startsWith('~')) return true;
  if (folder === undefined) return false;
  if (folder.startsWith('/')) return !isOwn(path.posix.join(folder, target), root);
  // A relative path begins in the repository, which is a folder of the workspace.
  return path.posix.join('repository', folder, target).startsWith('..');
}

const isOwn = (absolute: string, root: string): boolean =>
  [...ownFolders, root].some((folder) => absolute === folder || absolute.startsWith(`${folder}/`));
