// Which files hold a project's notes for agents, and which of them a call's path or command reaches. Pure.
import path from 'node:path/posix';

/** The names that tools of this kind look for, from the one that most agree on; of a folder the first that is there counts. */
export const noteNames = ['AGENTS.md', 'CLAUDE.md', 'GEMINI.md', '.github/copilot-instructions.md'] as const;

/** Names below the root: the last one belongs to a whole repository only. */
const folderNoteNames: readonly string[] = noteNames.slice(0, 3);

/** Of one file: as much as Codex takes of all of a project's notes, and some 8,000 tokens. */
export const rootNotesBytesMax = 32 * 1024;
/** Of the notes of one folder. */
export const folderNotesBytesMax = 8 * 1024;
/** Folders whose notes a session is given; those of the folders that it reaches first. */
export const toldFoldersMax = 16;
/** Paths of notes that a survey lists, and their characters together, some 1,000 tokens of every request. */
export const listedNotesMax = 100;
const listedCharsMax = 4_000;

/** The patterns for git of notes below the root. */
export const notePatterns: readonly string[] = folderNoteNames.map((name) => `:(glob)**/${name}`);

/**
 * Keeps of each folder below the root the file that counts.
 * @param paths from the root of the project, in any order
 */
export function chooseFolderNotes(paths: readonly string[]): string[] {
  const byFolder = new Map<string, string>();
  const rankOf = (file: string) => folderNoteNames.indexOf(path.basename(file));
  for (const file of paths) {
    const folder = path.dirname(file);
    const rank = rankOf(file);
    if (folder === '.' || rank < 0) continue;
    const known = byFolder.get(folder);
    if (known === undefined || rank < rankOf(known)) byFolder.set(folder, file);
  }
  let chars = 0;
  return [...byFolder.values()]
    .sort()
    .slice(0, listedNotesMax)
    .filter((file) => {
      const fits = chars + file.length <= listedCharsMax;
      if (fits) chars += file.length;
      return fits;
    });
}

/** What a call touched: the path that its action names, or the command line that it ran. */
export type Touched = { path?: string | undefined; command?: string | undefined };

/**
 * The notes whose folder these calls reach, outer folders first.
 * @param folder the project's own, absolute
 * @param notes paths from there
 */
export function findReachedNotes(touched: readonly Touched[], folder: string, notes: readonly string[]): string[] {
  const reached = notes.filter((note) => touched.some((call) => reaches(call, folder, path.dirname(note))));
  return reached.sort((one, other) => one.split('/').length - other.split('/').length || (one < other ? -1 : 1));
}

function reaches({ path: touchedPath, command }: Touched, folder: string, notesFolder: string): boolean {
  const absolute = path.join(folder, notesFolder);
  if (touchedPath !== undefined && (touchedPath === absolute || touchedPath.startsWith(`${absolute}/`))) return true;
  return command !== undefined && namesFolder(command, notesFolder);
}

/** Whether a command line names the folder as a whole path, not as the beginning of another name. */
function namesFolder(command: string, notesFolder: string): boolean {
  const before = '(?:^|[\\s/"\'=:;(])';
  const after = '(?:$|[\\s/"\'=:;)&|])';
  return new RegExp(before + RegExp.escape(notesFolder) + after).test(command);
}
