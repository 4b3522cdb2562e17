// Writes the command that looks at a workspace once, and reads what it printed. Pure.
import { quoteForBash } from '../../sandbox/shell/shell-lines.ts';
import { chooseFolderNotes, listedNotesMax, notePatterns } from './project-notes.ts';
import { skillPatterns, skillsMax } from './skills.ts';

/** Commits of the log: what was done last, and in which words this project writes it. */
const commitsMax = 5;
/** Lines of `git status`. */
export const statusLinesMax = 20;

export type Survey = {
  /** The machine, as `uname` tells it, and the system's name where it has one. */
  system: string;
  /** Undefined where there is no git repository. */
  git?: { branch: string; commits: string[]; status: string[] };
  /** Notes below the root, from there. */
  folderNotes: string[];
  /** The files of skills, from the root. */
  skillFiles: string[];
};

/** Stands before the name of each part of the output, and is taken out of all that the project says. */
const mark = '\u001e';

/**
 * Nothing that the workspace holds is run: git is told not to ask a file system monitor. What takes longest comes last, so that
 * a survey that runs out of time has the rest.
 * @param folder the project's, as commands see it
 */
export function writeSurveyCommand(folder: string): string {
  const notes = notePatterns.map(quoteForBash).join(' ');
  const skills = skillPatterns.map((pattern) => quoteForBash(`:(glob)${pattern}`)).join(' ');
  const list = 'git ls-files --cached --others --exclude-standard --deduplicate --';
  return `( cd -- ${quoteForBash(folder)} || exit
export LC_ALL=C GIT_OPTIONAL_LOCKS=0
git() { command git -c core.fsmonitor=false -c core.quotePath=false "$@" 2>/dev/null; }
part() { printf '\\036%s\\n' "$1"; }
plain() { tr -d '\\036'; }
part system; uname -sm; (. /etc/os-release && echo "$PRETTY_NAME") 2>/dev/null
if [ -n "$(git rev-parse --is-inside-work-tree)" ]; then
part branch; git symbolic-ref --short -q HEAD || git rev-parse --short HEAD
part commits; git log -${commitsMax} --no-color --no-show-signature --format='%h %cs %s' | plain | cut -b1-120
part notes; ${list} ${notes} | head -n ${listedNotesMax * 3}
part skills; ${list} ${skills} | head -n ${skillsMax}
part status; git status --short | head -n ${statusLinesMax + 1} | cut -b1-200
else
part notes; find . -maxdepth 4 \\( -name .git -o -name node_modules \\) -prune -o -name AGENTS.md -print | plain | head -n ${listedNotesMax}
part skills; ls -1d ${skillPatterns.join(' ')} 2>/dev/null | plain | head -n ${skillsMax}
fi )`;
}

export function readSurvey(output: string): Survey {
  const parts = new Map<string, string[]>();
  for (const part of output.split(mark).slice(1)) {
    const [name = '', ...lines] = part.split('\n');
    parts.set(
      name.trim(),
      lines.map((line) => line.trimEnd()).filter((line) => line !== ''),
    );
  }
  const linesOf = (name: string) => parts.get(name) ?? [];
  const pathsOf = (name: string) => linesOf(name).map((line) => line.replace(/^\.\//, ''));
  return {
    system: linesOf('system').join(', '),
    ...(parts.has('branch') && {
      git: { branch: linesOf('branch')[0] ?? '', commits: linesOf('commits'), status: linesOf('status') },
    }),
    folderNotes: chooseFolderNotes(pathsOf('notes')),
    skillFiles: pathsOf('skills'),
  };
}
