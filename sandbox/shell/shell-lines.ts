// Builds the lines that are typed into an open bash: one that opens it, one for each command that also tells its end. Pure.

/** The variable that marks every process of a command, so that it can be found again. */
export const markVariable = 'LUCID_COMMAND';

/** The descriptor that output is printed on; a high one, so that it isn't one of a command's own. A pipe may have opened it. */
export const outputDescriptor = 97;

const out = outputDescriptor;
const endVariable = 'LUCID_END';

/** Bash takes text in single quotes as it is; NUL can't be in a command line. */
export const quoteForBash = (text: string): string => `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;

/** Drops what bash itself prints, of tracing for instance; commands print to `out`. */
export const openingLineOf = (workingFolder: string | undefined, stateFile: string | undefined): string =>
  `{ : >&${out}; } 2>/dev/null || exec ${out}>&1; exec >/dev/null 2>&1\nshopt -s expand_aliases` +
  `${stateFile === undefined ? '' : `; ${keepProxyVariables}; ${loadStateFrom(stateFile)}; eval "$${endVariable}"`}` +
  `${workingFolder === undefined ? '' : `; cd -- ${quoteForBash(workingFolder)}`}\n`;

/**
 * Keeps the proxies that bash was started with, since those in the saved state may be gone, or have another password by
 * now. They are kept as commands in a variable, because a confined bash may not be able to read its own
 * `/proc/…/environ`.
 */
const keepProxyVariables =
  `${endVariable}=; for LUCID_NAME in $(compgen -e); do case $LUCID_NAME in *[Pp][Rr][Oo][Xx][Yy]*|GIT_SSH_COMMAND) ` +
  `printf -v LUCID_LINE 'export %s=%q;' "$LUCID_NAME" "\${!LUCID_NAME}"; ${endVariable}+=$LUCID_LINE;; esac; done`;

/**
 * `eval` runs in the open bash itself, so `cd` and `export` last. It gets no input, and not the descriptor that the
 * marker is printed on; what it does to its own output is undone when it ends. The marker is random, so that a command
 * can't print it by accident or from an earlier one. A backslash keeps aliases of the same name away.
 * The state is saved before the end is told, because bash may be killed after that.
 */
export const commandLineOf = (
  command: string,
  { marker, mark, stateFile }: { marker: string; mark: string; stateFile: string | undefined },
): string =>
  `\\export ${markVariable}=${mark}; \\eval ${quoteForBash(`${command}\n`)} </dev/null >&${out} 2>&${out} ${out}>&-; ` +
  `\\builtin printf -v ${endVariable} '\\036%s %s %s' ${marker} "$?" "\${PWD-}"; ` +
  `${stateFile === undefined ? '' : copiesOf(stateFile).map(saveStateTo).join('')}` +
  `\\builtin printf '%s\\0' "$${endVariable}" >&${out}\n`;

/** Ends the output of a command in `commandLineOf`; its exit code and folder follow, and a NUL. */
export const endMarkerOf = (marker: string): Buffer => Buffer.from(`\x1e${marker} `);

/** There are two copies, because bash may be killed while it writes one; a whole copy ends with `wholeMark`. */
const copiesOf = (stateFile: string): string[] => [quoteForBash(stateFile), quoteForBash(`${stateFile}.2`)];
const wholeMark = '# whole';

const saveStateTo = (copy: string): string =>
  `{ \\builtin declare -px; \\builtin printf 'cd -- %q\\n${wholeMark}' "\${PWD-}"; } >|${copy} || \\builtin :; `;

const loadStateFrom = (stateFile: string): string =>
  `for LUCID_NAME in ${copiesOf(stateFile).join(' ')}; do ` +
  `[[ $(<"$LUCID_NAME") == *'${wholeMark}' ]] && { . "$LUCID_NAME"; break; }; done`;
