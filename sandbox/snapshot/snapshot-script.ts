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

/** A smaller bundle comes with the answer, where a second command would take longer. */
export const inlineBytesMax = 64 * 1024;
/** The system's clock of changes goes in steps of at most 10 ms. */
const clockStepUs = 20_000;
/** Where more has changed, nothing is taken for as it was. */
const changedLinesMax = 2_000;

/** The repository beside the workspace, with what is on its way into or out of it. */
const folder = '~/.cache/lucid/snapshots';
/** In the workspace, since files are written nowhere else. */
export const incomingFile = '.lucid-incoming';

const otherHidden = [...hiddenFolders].filter((name) => name !== '.git');
const pruned = otherHidden.map((name) => `-name ${quoteForBash(name)}`).join(' -o ');
const belowHidden = `(^|/)(${otherHidden.join('|')})(/|$)`.replaceAll(/[./]/g, '\\$&');
const unusable = `\\( -size +${snapshotFileBytesMax}c -o ! -readable \\)`;

/**
 * Git works in a repository of its own, whose configuration is written anew each time, and reads the workspace's files as bytes:
 * no hook, filter, attribute, monitor or submodule of what is in the workspace has any effect. Locks are of a git that was
 * killed: one command works there at a time. What is lost of the repository with its machine, or is damaged, is made anew.
 */
const open = (root: string): string => `
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec 2>/dev/null
umask 077
unset CDPATH \${!GIT_*}
command -v git >/dev/null || exit ${snapshotExitCodes.noGit}
own=${folder}
[[ -d $own ]] || mkdir -p "$own"
[[ ! -L $own ]] || exit ${snapshotExitCodes.noRoom}
cd -P -- ${quoteForBash(root)} && [[ $PWD == ${quoteForBash(root)} ]] || exit ${snapshotExitCodes.noFolder}
export LC_ALL=C HOME=$own XDG_CONFIG_HOME=$own GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1
export GIT_DIR=$own/git GIT_LITERAL_PATHSPECS=1 GIT_TERMINAL_PROMPT=0
export GIT_AUTHOR_NAME=lucid GIT_AUTHOR_EMAIL=lucid@localhost GIT_COMMITTER_NAME=lucid GIT_COMMITTER_EMAIL=lucid@localhost
rm -rf -- "$GIT_DIR/hooks" "$GIT_DIR/info" "$GIT_DIR/objects/info/alternates" "$GIT_DIR/commondir" "$own/paths" \\
  "$own"/indexes/*.lock "$GIT_DIR"/*.lock "$GIT_DIR"/refs/heads/*.lock
mkdir -p "$GIT_DIR/objects" "$GIT_DIR/refs" "$GIT_DIR/info" "$own/paths" "$own/indexes" "$own/seen" || exit ${snapshotExitCodes.noRoom}
echo 'ref: refs/heads/none' >|"$GIT_DIR/HEAD"
printf '[core]\\nrepositoryformatversion=0\\nbare=false\\n' >|"$GIT_DIR/config"
echo '* -text -ident !eol !filter !working-tree-encoding' >|"$GIT_DIR/info/attributes"
run() {
  command git -c core.fsmonitor=false -c core.untrackedCache=false -c core.hooksPath=/dev/null -c core.autocrlf=false \\
    -c core.protectNTFS=false -c core.protectHFS=false -c core.bigFileThreshold=${deltaBytesMax} -c gc.auto=0 -c core.symlinks=true \\
    -c core.fsync=none "$@"
}
beginAnew() { rm -rf -- "$GIT_DIR" "$own/indexes" "$own/seen"; exit ${snapshotExitCodes.noRoom}; }
`;

/**
 * Looks at all files without reading them: by when the system has seen each change last, which no program can set. Beside that
 * list it finds the repositories, and the files that are too large or can't be read.
 *
 * Ends with \`same\` where nothing has changed since the snapshot \`parent\` was taken.
 */
const lookAround = `
export GIT_WORK_TREE=$PWD
freshFrom=0
[[ \${EPOCHREALTIME-} =~ ^([0-9]+)[.,]([0-9]{6})$ ]] && micros=$((BASH_REMATCH[1] * 1000000 + 10#\${BASH_REMATCH[2]} - ${clockStepUs})) &&
  printf -v freshFrom '%d.%06d' $((micros / 1000000)) $((micros % 1000000))
find . \\( ${pruned} \\) ! -path '*/.git/*' -prune -o \\
  -type f ${unusable} -fprintf "$own/paths/unusable" '%P\\0' -false -o \\
  ! -type d -newerct "@$freshFrom" -fprintf "$own/paths/fresh" 1 -false -o \\
  -name .git \\( -type d -o -type f \\) -fprintf "$own/paths/git" '%d %P\\0' -false -o \\
  -name .git -type d -printf '- %P\\0' -o ! -type d -printf '%C@ %i %s %m %y %P\\0' >|"$own/paths/now"
if [[ $parent && -s $own/paths/now && -f $own/seen/commit && $(<"$own/seen/commit") == "$parent" ]] &&
  cmp -s "$own/seen/now" "$own/paths/now"; then echo same; exit 0; fi
`;

/** Knows what has changed since the last snapshot, so that a repository's \`.git\` where nothing has is as it was. */
const rememberSeen = `
declare -A seenEntries
changed=
sort -z "$own/paths/now" >|"$own/paths/sorted"
if [[ -f $own/seen/sorted && -f $own/seen/entries ]]; then
  mapfile -d '' -n ${changedLinesMax} -t lines < <(comm -z -3 "$own/seen/sorted" "$own/paths/sorted")
  printf -v changed '%s\\n' "\${lines[@]}"
  (( \${#lines[@]} >= ${changedLinesMax} )) || while IFS= read -rd '' inner && IFS= read -rd '' entry; do
    [[ $inner ]] && seenEntries[$inner]=$entry
  done <"$own/seen/entries"
fi
: >|"$own/seen/commit"
: >|"$own/seen/entries"
isSeen() { [[ \${seenEntries[$1]-} && $changed != *" \${2}/"* && $changed != *" $2"$'\\n'* ]]; }
`;

/** Lists what git would take up, and what it has taken up though it is ignored, of each repository, and around them. */
const listFiles = `
leftOut=(${[...hiddenFolders, incomingFile].map((name) => `-x ${quoteForBash(name)}`).join(' ')})
found=()
while IFS= read -rd '' line; do
  inner=\${line#* }
  [[ \${line%% *} -le ${innerRepositoryDepthMax} && /$inner != */.git/* ]] || continue
  inner=\${inner%.git} inner=\${inner%/}
  found+=("\${inner:-.}")
done <"$own/paths/git"
(( \${#found[@]} < 2 )) || mapfile -d '' -t found < <(printf '%s\\0' "\${found[@]}" | sort -z)
inners=("\${found[@]:0:${innerRepositoriesMax}}")
: >|"$own/paths/inner"
(( \${#inners[@]} == 0 )) || printf '%s\\0' "\${inners[@]}" >|"$own/paths/inner"
listInner() (
  cd -P -- "$1" && [[ $PWD/ == "$GIT_WORK_TREE"/* ]] || exit
  export GIT_WORK_TREE=$PWD
  GIT_INDEX_FILE=$own/none run -c core.excludesFile="$PWD/.git/info/exclude" ls-files -z -o --exclude-standard "\${leftOut[@]}"
  [[ -f .git/index && ! -L .git/index ]] || exit
  GIT_INDEX_FILE=$PWD/.git/index run -c core.excludesFile="$PWD/.git/info/exclude" ls-files -z -c -i --exclude-standard "\${leftOut[@]}" \
    >|"$own/paths/ignored"
  [[ ! -s $own/paths/ignored ]] || sed -z 's|^|./|' "$own/paths/ignored" |
    xargs -0r -n 2000 sh -c 'exec find "$@" -maxdepth 0 \\( -type l -o -type f \\) -print0' sh
)
{
  GIT_INDEX_FILE=$own/none run ls-files -z -o --exclude-standard "\${leftOut[@]}"
  for inner in "\${inners[@]}"; do
    before=\${inner//'\\'/'\\\\'} before=\${before//'&'/'\\&'} before=\${before//'|'/'\\|'} before=\${before//$'\\n'/'\\'$'\\n'}
    listInner "$inner" | sed -z "s|^\\(\\./\\)\\{0,1\\}|$before/|"
  done
} | sed -zE -e 's|^\\./||' -e '/\\/$/d' -e '/(^|\\/)\\.[gG][iI][tT](\\/|$)/d' | sort -zu >|"$own/paths/wanted"
`;

/** What a repository tracks in a hidden folder was not looked at, so that nothing may be taken for as it was. */
const lookAtHidden = `
sed -znE '/${belowHidden}/p' "$own/paths/wanted" >|"$own/paths/hidden"
if [[ -s $own/paths/hidden ]]; then
  printf 1 >|"$own/paths/fresh"
  sed -z 's|^|./|' "$own/paths/hidden" | xargs -0r -n 2000 sh -c 'exec find "$@" -maxdepth 0 -type f ${unusable} -print0' sh |
    sed -z 's|^\\./||' >>"$own/paths/unusable"
fi
`;

/** Enters into an index what is wanted and can be: one file that is too large or unreadable would end git. */
const enter = `
enter() {
  run ls-files -z -c | comm -z -13 "$1" - >|"$own/paths/gone"
  [[ ! -s $own/paths/gone ]] || run update-index --force-remove -z --stdin <"$own/paths/gone" || return
  run update-index --add --remove --replace -z --stdin <"$1" && run write-tree
}
enterFiles() {
  [[ -s $own/paths/unusable ]] || { : >|"$own/paths/left"; enter "$own/paths/wanted"; return; }
  sort -z "$own/paths/unusable" -o "$own/paths/unusable"
  comm -z -12 "$own/paths/wanted" "$own/paths/unusable" >|"$own/paths/left"
  comm -z -23 "$own/paths/wanted" "$own/paths/unusable" >|"$own/paths/usable"
  enter "$own/paths/usable"
}
`;

/** Git takes no path with \`.git\` in it, so each repository's own is a tree of its own beside that of the files. */
const enterInner = `
enterGitFolder() (
  folder=$GIT_WORK_TREE/$1/.git
  cd -P -- "$1/.git" && [[ $PWD == "\${folder/%'/./.git'//.git}" ]] || exit
  export GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$own/indexes/git-$2
  find . \\( -type l -o -type f -readable \\) ! -name '*.lock' ! -name 'tmp_*' -printf '%P\\0' | sort -z >|"$own/paths/inside"
  enter "$own/paths/inside"
)
entryOf() {
  local path=$1/.git
  if isSeen "$1" "\${path#./}"; then printf %s "\${seenEntries[$1]}"
  elif [[ -f $1/.git ]]; then printf '100644 blob %s' "$(run hash-object -w --no-filters -- "$1/.git")"
  else printf '040000 tree %s' "$(enterGitFolder "$1" "$2")"; fi
}
entries=
count=0
for inner in "\${inners[@]}"; do
  count=$((count + 1))
  entry=$(entryOf "$inner" $count)
  [[ $entry =~ ' '[0-9a-f]{40}$ ]] || continue
  entries+="$entry"$'\\t'"git-$count"$'\\n'
  printf '%s\\0%s\\0' "$inner" "$entry"
done >|"$own/paths/entries"
`;

/** Remembers what was looked at, but for files so fresh that the clock would not tell their next change from the last one. */
const keepSeen = `
if [[ -e $own/paths/fresh && ! -s $own/paths/fresh ]]; then
  mv -f -- "$own/paths/now" "$own/paths/sorted" "$own/paths/entries" "$own/seen" && printf %s "$commit" >|"$own/seen/commit"
fi
`;

/**
 * Commits what is there, where it differs from an earlier commit.
 *
 * Prints \`same\`, or the commit, \`base\` or \`difference\`, its bytes, whether they are \`here\` or in the \`file\`, and how many files
 * were left out. Behind that line come the bytes, where they are here, and the first names of what was left out.
 * @param parent the commit that the difference is made against; a base is made where that isn't there
 */
export const takeCommandOf = (root: string, parent: string, file: string, bytesMax: number): string => `${open(root)}
parent=${quoteForBash(parent)}
${lookAround}${rememberSeen}${listFiles}${lookAtHidden}${enter}
files=$(GIT_INDEX_FILE=$own/indexes/files enterFiles)
[[ $files =~ ^[0-9a-f]{40}$ ]] || beginAnew
(( \${#found[@]} <= ${innerRepositoriesMax} )) || printf '%s\\0' "\${found[@]:${innerRepositoriesMax}}" >>"$own/paths/left"
${enterInner}
names=$(run hash-object -w --no-filters -- "$own/paths/inner")
tree=$(printf '040000 tree %s\\tfiles\\n100644 blob %s\\tpaths\\n%s' "$files" "$names" "$entries" | run mktree)
[[ $tree =~ ^[0-9a-f]{40}$ ]] || beginAnew
before=$(run rev-parse -q --verify "\${parent:-0}^{commit}^{tree}") || parent=
if [[ $parent && $before == "$tree" ]]; then
  commit=$parent
  ${keepSeen}
  echo same
  exit 0
fi
commit=$(run commit-tree "$tree" \${parent:+-p "$parent"} </dev/null)
run update-ref refs/heads/last "$commit" || exit ${snapshotExitCodes.noRoom}
[[ ! $(compgen -G "$own/out-*") ]] || rm -f -- "$own"/out-*
[[ $parent ]] || { run repack -adq && run prune --expire=now; }
out=$own/out-${file}
run bundle create -q - refs/heads/last \${parent:+"^$parent"} | head -c ${bytesMax + 1} >|"$out"
wasWhole=\${PIPESTATUS[0]}
size=$(stat -c %s "$out")
[[ $wasWhole == 0 || $size -gt ${bytesMax} ]] || { rm -f -- "$out"; beginAnew; }
[[ $size -le ${bytesMax} ]] || { rm -f -- "$out"; exit ${snapshotExitCodes.tooLarge}; }
${keepSeen}
kind=base place=file left=0
[[ $parent ]] && kind=difference
[[ $size -le ${inlineBytesMax} ]] && place=here
[[ ! -s $own/paths/left ]] || left=$(tr -cd '\\0' <"$own/paths/left" | wc -c)
printf '%s %s %s %s %s\\n' "$commit" $kind "$size" $place "$left"
[[ $place == file ]] || { cat -- "$out"; rm -f -- "$out"; }
[[ $left == 0 ]] || head -zn ${leftOutShownMax} "$own/paths/left"
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
export const restoreCommandOf = (root: string, commit: string): string => `${open(root)}${isBelow}
commit=${quoteForBash(commit)}
export GIT_WORK_TREE=$PWD
run cat-file -e "$commit^{commit}" || exit ${snapshotExitCodes.damaged}
run update-ref refs/heads/last "$commit"
umask 022
rm -rf -- "$own/seen"
checkOut() {
  rm -f -- "$GIT_INDEX_FILE"
  run read-tree "$1" && run checkout-index -q -a -f -u
}
GIT_INDEX_FILE=$own/indexes/files checkOut "$commit:files" || exit ${snapshotExitCodes.damaged}
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
        export GIT_WORK_TREE=$PWD GIT_INDEX_FILE=$own/indexes/git-$count
        checkOut "$from" ) || exit ${snapshotExitCodes.damaged} ;;
  esac
done < <(run cat-file blob "$commit:paths")
:
`;
