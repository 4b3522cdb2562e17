// Builds the command lines by which git compares a workspace with its base, without trusting the repository. Pure.
import { quoteForBash } from '../shell/shell-lines.ts';
import { bytesOfEscaped } from '../workspace/escaped-text.ts';

/** How such a command ends where there is nothing to compare, or no room for a patch. */
export const gitExitCodes = { noFolder: 70, noCommit: 71, noGit: 72, tooManyPatches: 73 } as const;

export type ComparedFolder = {
  /** The folder's path for commands. */
  folder: string;
  /** Whether git has it; otherwise all of its files are new. */
  isRepository: boolean;
  /** The commit to compare with; null for none. */
  commit: string | null;
  /** New files that are looked at; others are left out. */
  newFilesMax: number;
  /** Folders that are left out where nothing says what is ignored. */
  hiddenFolders: readonly string[];
};

/** Repositories in a workspace without one of its own whose files are looked at. */
const innerRepositoriesMax = 50;
const innerRepositoryDepthMax = 8;

/** Files of more bytes are compared as binary ones, so that git needs no more memory. */
const textBytesMax = 8 * 1024 * 1024;

/** Patches of one session that wait to be read, and how long one may that nobody reads: its reader has gone. */
const patchesMax = 8;
const patchMinutesMax = 2;

/** Files that are compared pairwise to find which were renamed. */
const renamesMax = 500;

/**
 * Git works in a folder of its own, and reads only the objects of the repository and its lists of ignored files. So no
 * hook, filter, driver or monitor that the repository's configuration names is ever run, and nothing of the repository's
 * is written.
 */
const openOwnFolder = ({ folder, isRepository, commit }: ComparedFolder): string => `
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec 2>/dev/null
unset CDPATH \${!GIT_*}
command -v git >/dev/null || exit ${gitExitCodes.noGit}
cd -P -- ${quoteForBash(folder)} && [[ $PWD == ${quoteForBash(folder)} ]] || exit ${gitExitCodes.noFolder}
${isRepository ? `[[ -d .git && ! -L .git && -d .git/objects ]] || exit ${gitExitCodes.noFolder}` : ''}
own=$(mktemp -d) || exit 1
trap 'rm -rf -- "$own"' EXIT
export LC_ALL=C HOME=$own XDG_CONFIG_HOME=$own GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
export GIT_DIR=$own/git GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$own/index GIT_LITERAL_PATHSPECS=1 GIT_TERMINAL_PROMPT=0
mkdir -p "$GIT_DIR/objects/info" "$GIT_DIR/refs"
echo 'ref: refs/heads/none' >"$GIT_DIR/HEAD"
printf '[core]\\nrepositoryformatversion=1\\nbare=false\\n${isLongId(commit) ? '[extensions]\\nobjectformat=sha256\\n' : ''}' >"$GIT_DIR/config"
${isRepository ? `printf '%s\\n' "$PWD/.git/objects" >"$GIT_DIR/objects/info/alternates"` : ''}
run() {
  command git -c core.fsmonitor=false -c core.untrackedCache=false -c core.protectNTFS=false -c core.protectHFS=false \\
    -c core.excludesFile="$PWD/.git/info/exclude" -c core.bigFileThreshold=${textBytesMax} "$@"
}
`;

const readBase = ({ commit }: ComparedFolder): string =>
  commit === null
    ? 'base=$(run hash-object -t tree /dev/null)\n'
    : `base=${quoteForBash(commit)}
run read-tree "$base" || exit ${gitExitCodes.noCommit}
run update-index -q --refresh
`;

/** New files are entered into git's own index as if they were empty: their content is then compared like that of others. */
const addNewFiles = (folder: ComparedFolder): string => `
empty=$(run hash-object -t blob /dev/null)
enter() {
  sed -zE -e '/\\/$/d' -e '/(^|\\/)\\.[gG][iI][tT](\\/|$)/d' -e "s|^|100644 $empty\\t|" |
    head -zn ${folder.newFilesMax} | run update-index --add --replace -z --index-info
}
${folder.isRepository ? 'run ls-files -z -o --exclude-standard | enter' : listWithoutRepository(folder)}
`;

/** Repositories that the agent has made itself belong to the work: git would leave out their files. */
const listWithoutRepository = ({ hiddenFolders }: ComparedFolder): string => `
leftOut=(${hiddenFolders.map((name) => `-x ${quoteForBash(name)}`).join(' ')})
{
  run ls-files -z -o --exclude-standard "\${leftOut[@]}"
  find . -mindepth 2 -maxdepth ${innerRepositoryDepthMax} -name .git -prune -print0 | head -zn ${innerRepositoriesMax} |
    while IFS= read -rd '' inner; do
      inner=\${inner%/.git}; inner=\${inner#./}
      [[ /$inner/ =~ /(${hiddenFolders.map((name) => name.replaceAll('.', '\\.')).join('|')})/ ]] && continue
      ( cd -P -- "$inner" && [[ $PWD == "$GIT_WORK_TREE"/* ]] || exit
        GIT_WORK_TREE=$PWD run ls-files -z -o --exclude-standard "\${leftOut[@]}" |
          while IFS= read -rd '' name; do printf '%s/%s\\0' "$inner" "$name"; done )
    done
} | enter
`;

const compare = `compare() {
  run diff-index -z -M -l${renamesMax} --no-ext-diff --no-textconv --no-color --ignore-submodules=dirty "$@"
}
`;

const prepare = (folder: ComparedFolder): string =>
  openOwnFolder(folder) + readBase(folder) + addNewFiles(folder) + compare;

export const listCommandOf = (folder: ComparedFolder): string =>
  `${prepare(folder)}compare --raw --numstat "$base" --\n`;

/** @param path relative to the folder; where the file was renamed, it is compared with the old one */
export const diffCommandOf = (folder: ComparedFolder, path: string): string => `${prepare(folder)}
path=${quotePathForBash(path)}
old=
while IFS= read -rd '' _ && IFS= read -rd '' from && IFS= read -rd '' to; do
  if [[ $to == "$path" ]]; then old=$from; fi
done < <(compare --raw --diff-filter=R "$base" --)
compare --raw --numstat -p "$base" -- "$path" \${old:+"$old"}
`;

/** The whole patch, binary files included, into a file of the session's home; prints its size. */
export const patchCommandOf = (folder: ComparedFolder, file: string, bytesMax: number): string => `umask 077
file=${file}
${prepare(folder)}
mkdir -p "\${file%/*}" && find "\${file%/*}" -type f -mmin +${patchMinutesMax} -delete
[[ $(ls -U "\${file%/*}" | wc -l) -lt ${patchesMax} ]] || exit ${gitExitCodes.tooManyPatches}
exec {patch}>|"$file" || exit 1
compare -p --binary --full-index "$base" -- | head -c ${bytesMax + 1} >&$patch
size=$(stat -Lc %s /proc/self/fd/$patch)
[[ $size -le ${bytesMax} ]] || rm -f -- "$file"
echo $size
`;

const isLongId = (commit: string | null): boolean => commit !== null && commit.length > 40;

/** Quotes a path of any bytes. */
const quotePathForBash = (path: string): string =>
  /^[\w ./-]*$/.test(path)
    ? quoteForBash(path)
    : `$'${[...bytesOfEscaped(path)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;
