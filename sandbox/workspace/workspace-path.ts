// Tells which paths lie inside the workspace and how they are shown, the same for every sandbox. Pure.
import path from 'node:path/posix';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { workspace } from '../sandbox.ts';

/**
 * Brings a path that a client or a model gave into its absolute, normal form, relative ones from `from`.
 * @returns `badPath` for what leaves the workspace, by `..`, by `~` or otherwise, holds NUL, or is too long
 */
export function resolveInWorkspace(given: string, from: string = workspace): Outcome<string> {
  if (given === '' || given.includes('\0') || given.length > limits.pathCharsMax)
    return failed('badPath', 'The path is empty, too long, or holds a NUL character.');
  // A model that writes ~ means a shell's home, which isn't in the workspace; ./~ names a folder.
  if (/^~(\/|$)/.test(given))
    return failed('badPath', `~ is the home of commands, outside of ${workspace}: files are named from ${workspace}.`);
  const absolute = path.resolve(from, given);
  if (absolute !== workspace && !absolute.startsWith(`${workspace}/`))
    return failed('badPath', `The path must stay inside ${workspace}.`);
  return succeeded(absolute);
}

/** Clients see an absolute path where it lies inside, and the given one where it doesn't. */
export function shownPathOf(given: string): string {
  const inside = resolveInWorkspace(given);
  return inside.ok ? inside.value : given;
}

/** Where the operator's skills are in a workspace, beside what is the session's. */
export const operatorSkillsFolder = '.lucid-skills';

/** The tree leaves out folders that tools make. */
export const hiddenFolders: ReadonlySet<string> = new Set([
  '.git',
  operatorSkillsFolder,
  'node_modules',
  '__pycache__',
  '.venv',
  'venv',
  '.next',
  '.cache',
  '.mypy_cache',
  '.pytest_cache',
  '.attachments', // What came with messages is the user's own.
]);
