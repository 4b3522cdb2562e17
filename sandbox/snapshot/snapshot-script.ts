// Builds the command lines by which git keeps a workspace's files in a repository beside it, and puts them back. Pure.
import { quoteForBash } from '../shell/shell-lines.ts';
import { hiddenFolders } from '../workspace/workspace-path.ts';

/** How such a command ends where it can't be done. */
export const snapshotExitCodes = { noFolder: 70, noGit: 72, tooLarge: 75, noRoom: 76, damaged: 77 } as const;

/** Larger files stay out: a base is made anew now and then. Those of a repository's own `.git` belong to it, whatever their size. */
export const snapshotFileBytesMax = 32 * 1024 * 1024;
/** Names of files that were left out which are told. */
const leftOutShownMax = 20;
/** Repositories in the workspace that are looked for, and how deep. */
const innerRepositoriesMax = 50;
const innerRepositoryDepthMax = 8;
/** Git makes no differences of larger files, which would take their size in memory several times. */
const deltaBytesMax = 8 * 1024 * 1024;

/** The repository beside the workspace, with what is on its way into or out of it. */
const folder = '~/.cache/lucid/snapshots';
/** In the workspace, since files are written nowhere else. */
export const incomingFile = '.lucid-incoming';

const otherHidden = [...hiddenFolders].filter((name) => name !== '.git');
const pruned = otherHidden.map((name) => `-name ${quoteForBash(name)}`).join(' -o ');

/**
 * Git works in a repository of its own, whose configuration is written anew each time, and reads the workspace's files as bytes:
 * no hook, filter, attribute, monitor or submodule of what is in the workspace has any effect. Locks are of a git that was
 * killed: one command works there at a time.
 */
const open = (root: string): string => `
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec 2>/dev/null
umask 077
unset CDPATH \${!GIT_*}
command -v git >/dev/null || exit ${snapshotExitCodes.noGit}
own=${folder}
mkdir -p "$own/indexes" && [[ ! -L $own ]] || exit ${snapshotExitCodes.noRoom}
cd -P -- ${quoteForBash(root)} && [[ $PWD == ${quoteForBash(root)} ]] || exit ${snapshotExitCodes.noFolder}
export LC_ALL=C HOME=$own XDG_CONFIG_HOME=$own GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
export GIT_DIR=$own/git GIT_LITERAL_PATHSPECS=1 GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=lucid GIT_AUTHOR_EMAIL=lucid@localhost GIT_COMMITTER_NAME=lucid GIT_COMMITTER_EMAIL=lucid@localhost
rm -rf -- "$GIT_DIR/hooks" "$GIT_DIR/info" "$GIT_DIR/objects/info/alternates" "$GIT_DIR/commondir" "$own/paths"
mkdir -p "$GIT_DIR/objects" "$GIT_DIR/refs" "$GIT_DIR/info" "$own/paths" || exit ${snapshotExitCodes.noRoom}
rm -f -- "$own"/indexes/*.lock "$GIT_DIR"/*.lock "$GIT_DIR"/refs/heads/*.lock
echo 'ref: refs/heads/none' >|"$GIT_DIR/HEAD"
printf '[core]\\nrepositoryformatversion=0\\nbare=false\\n' >|"$GIT_DIR/config"
echo '* -text -ident !eol !filter !working-tree-encoding' >|"$GIT_DIR/info/attributes"
run() {
  command git -c core.fsmonitor=false -c core.untrackedCache=false -c core.hooksPath=/dev/null -c core.autocrlf=false \\
    -c core.protectNTFS=false -c core.protectHFS=false -c core.bigFileThreshold=${deltaBytesMax} -c gc.auto=0 -c core.symlinks=true "$@"
}
`;

/** Lists what git would take up, and what it has taken up though it is ignored, of each repository, and around them. */
const listFiles = `
leftOut=(${[...hiddenFolders, incomingFile].map((name) => `-x ${quoteForBash(name)}`).join(' ')})
export GIT_WORK_TREE=$PWD
find . -maxdepth ${innerRepositoryDepthMax} \\( ${pruned} \\) -prune -o -name .git \\( -type d -o -type f \\) -prune -print0 |
  sed -zE 's|/\\.git$||; s|^\\./||' | sort -z >|"$own/paths/found"
head -zn ${innerRepositoriesMax} "$own/paths/found" >|"$own/paths/inner"
{
  GIT_INDEX_FILE=$own/none run ls-files -z -o --exclude-standard "\${leftOut[@]}"
  while IFS= read -rd '' inner; do
    ( cd -P -- "$inner" && [[ $PWD/ == "$GIT_WORK_TREE"/* ]] || exit
      export GIT_WORK_TREE=$PWD
      { GIT_INDEX_FILE=$own/none run -c core.excludesFile="$PWD/.git/info/exclude" ls-files -z -o --exclude-standard "\${leftOut[@]}"
        [[ ! -f .git/index || -L .git/index ]] ||
          GIT_INDEX_FILE=$PWD/.git/index run -c core.excludesFile="$PWD/.git/info/exclude" ls-files -z -c -i --exclude-standard "\${leftOut[@]}"
      } | while IFS= read -rd '' name; do printf '%s/%s\\0' "$inner" "$name"; done )
  done <"$own/paths/inner"
} | sed -zE -e 's|^\\./||' -e '/\\/$/d' -e '/(^|\\/)\\.[gG][iI][tT](\\/|$)/d' | sort -zu >|"$own/paths/wanted"
`;

/** Enters into an index what is wanted and can be: a file that is gone, too large or unreadable would end git. */
const enter = `
findUsable() {
  sed -z 's|^|./|' | xargs -0r -n 2000 sh -c 'max=$1; shift; exec find "$@" -maxdepth 0 \\( -type l -o -type f -readable -size -$max"c" \\) -print0' sh "$1" |
    sed -z 's|^\\./||' | sort -zu
}
enter() {
  findUsable "$1" <"$own/paths/wanted" >|"$own/paths/usable"
  run ls-files -z -c | sort -zu | comm -z -13 "$own/paths/usable" - | run update-index --force-remove -z --stdin &&
    run update-index --add --remove --replace -z --stdin <"$own/paths/usable" && run write-tree
}
indexOf() { printf '%s/indexes/%s' "$own" "$(printf %s "$1" | run hash-object --stdin)"; }
`;

/** Git takes no path with \`.git\` in it, so each repository's own is a tree of its own beside that of the files. */
const enterInner = `
enterGitFolder() (
  folder=$GIT_WORK_TREE/$1/.git
  cd -P -- "$1/.git" && [[ $PWD == "\${folder/%'/./.git'//.git}" ]] || exit
  export GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$(indexOf "$1/.git")
  find . \\( -type f -o -type l \\) ! -name '*.lock' ! -name 'tmp_*' -print0 | sed -z 's|^\\./||' | sort -z >|"$own/paths/wanted"
  enter 9000000000000
)
count=0
entries=
while IFS= read -rd '' inner; do
  count=$((count + 1))
  if [[ -f $inner/.git ]]; then entry="100644 blob $(run hash-object -w --no-filters -- "$inner/.git")"
  else entry="040000 tree $(enterGitFolder "$inner")"; fi
  [[ $entry =~ ' '[0-9a-f]{40}$ ]] && entries+="$entry"$'\\t'"git-$count"$'\\n'
done <"$own/paths/inner"
`;

/**
 * Commits what is there, where it differs from an earlier commit.
 *
 * Prints \`same\`, or the commit, \`base\` or \`difference\`, its bytes in the file, and how many files were left out, whose first
 * names follow.
 * @param parent the commit that the difference is made against; a base is made where that isn't there
 */
export const takeCommandOf = (root: string, parent: string, file: string, bytesMax: number): string => `${open(root)}
${listFiles}${enter}
files=$(GIT_INDEX_FILE=$(indexOf .) enter ${snapshotFileBytesMax + 1})
[[ $files =~ ^[0-9a-f]{40}$ ]] || exit ${snapshotExitCodes.noRoom}
comm -z -23 "$own/paths/wanted" "$own/paths/usable" >|"$own/paths/left"
tail -zn +${innerRepositoriesMax + 1} "$own/paths/found" >>"$own/paths/left"
${enterInner}
names=$(run hash-object -w --no-filters -- "$own/paths/inner")
tree=$(printf '040000 tree %s\\tfiles\\n100644 blob %s\\tpaths\\n%s' "$files" "$names" "$entries" | run mktree)
[[ $tree =~ ^[0-9a-f]{40}$ ]] || exit ${snapshotExitCodes.noRoom}
parent=${quoteForBash(parent)}
run cat-file -e "\${parent:-0}^{commit}" || parent=
if [[ $parent && $(run rev-parse "$parent^{tree}") == "$tree" ]]; then echo same; exit 0; fi
commit=$(run commit-tree "$tree" \${parent:+-p "$parent"} </dev/null)
run update-ref refs/heads/last "$commit" || exit ${snapshotExitCodes.noRoom}
rm -f -- "$own"/out-*
[[ $parent ]] || { run repack -adq && run prune --expire=now; }
out=$own/out-${file}
run bundle create -q - refs/heads/last \${parent:+"^$parent"} | head -c ${bytesMax + 1} >|"$out"
[[ \${PIPESTATUS[0]} == 0 || $(stat -c %s "$out") -gt ${bytesMax} ]] || { rm -f -- "$out"; exit ${snapshotExitCodes.noRoom}; }
size=$(stat -c %s "$out")
[[ $size -le ${bytesMax} ]] || { rm -f -- "$out"; exit ${snapshotExitCodes.tooLarge}; }
kind=base; [[ $parent ]] && kind=difference
printf '%s %s %s %s\\n' "$commit" $kind "$size" "$(tr -cd '\\0' <"$own/paths/left" | wc -c)"
head -zn ${leftOutShownMax} "$own/paths/left"
`;

/** Prints a part of what was taken; the file is removed with its last one. */
export const readCommandOf = (file: string, offset: number, length: number, isLast: boolean): string => `
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
file=${folder}/out-${file}
dd if="$file" iflag=skip_bytes,count_bytes,fullblock,nofollow,nonblock bs=65536 skip=${offset} count=${length} status=none 2>/dev/null || exit 1
${isLast ? 'rm -f -- "$file"' : ':'}
`;

/** Adds the part that was written into the workspace to a file beside it. */
export const addCommandOf = (root: string, isFirst: boolean): string => `${open(root)}
${isFirst ? 'rm -f -- "$own/incoming"' : ''}
cat -- ${incomingFile} >>"$own/incoming" || exit ${snapshotExitCodes.noRoom}
rm -f -- ${incomingFile}
`;

/** Takes over the objects of the bundle that was added. */
export const takeOverCommandOf = (root: string): string => `${open(root)}
run bundle unbundle "$own/incoming" >/dev/null || { rm -f -- "$own/incoming"; exit ${snapshotExitCodes.damaged}; }
rm -f -- "$own/incoming"
`;

/** Whether a path stays below the current folder, by no link: a sandbox that is not to be trusted has written it. */
const isBelow = `
isBelow() {
  local rest=$1/ at=
  [[ $1 != /* && /$1/ != */../* ]] || return
  while [[ $rest ]]; do
    at+=\${rest%%/*}
    [[ ! -L $at ]] || return
    at+=/ rest=\${rest#*/}
  done
}
`;

/** Puts the files of a commit into the workspace, over what is there. */
export const restoreCommandOf = (root: string, commit: string): string => `${open(root)}${enter}${isBelow}
commit=${quoteForBash(commit)}
export GIT_WORK_TREE=$PWD
run cat-file -e "$commit^{commit}" || exit ${snapshotExitCodes.damaged}
run update-ref refs/heads/last "$commit"
umask 022
checkOut() {
  rm -f -- "$GIT_INDEX_FILE"
  run read-tree "$1" && run checkout-index -q -a -f -u
}
GIT_INDEX_FILE=$(indexOf .) checkOut "$commit:files" || exit ${snapshotExitCodes.damaged}
count=0
while IFS= read -rd '' inner; do
  count=$((count + 1))
  from=$commit:git-$count
  isBelow "$inner/.git" && mkdir -p -- "$inner" || continue
  case $(run cat-file -t "$from") in
    blob) run cat-file blob "$from" >|"$inner/.git" ;;
    tree)
      mkdir -p -- "$inner/.git/objects" "$inner/.git/refs"
      ( cd -P -- "$inner/.git" && [[ $PWD == "$GIT_WORK_TREE"/* ]] || exit
        export GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$(indexOf "$inner/.git")
        checkOut "$from" ) || exit ${snapshotExitCodes.damaged} ;;
  esac
done < <(run cat-file blob "$commit:paths")
:
`;
