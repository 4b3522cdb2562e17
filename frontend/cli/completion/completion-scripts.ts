// The scripts by which shells complete `lucid`, written from the tree of its commands.
import { allCommands, type CommandNode, wordsOf } from './command-tree.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

export function writeCompletion(shell: Shell, tree: CommandNode): string {
  return { bash: writeBash, zsh: writeZsh, fish: writeFish }[shell](tree);
}

/** What can stand behind an option, named as in `run --model`. */
const valuesOf = (tree: CommandNode): { name: string; choices: string[] }[] =>
  allCommands(tree).flatMap(({ path, options }) =>
    options.flatMap(({ flags, choices }) =>
      choices.length === 0 ? [] : flags.map((flag) => ({ name: [...path, flag].join(' '), choices })),
    ),
  );

/** Finds the command that stands on the line, and offers what can stand behind it. */
function writeBash(tree: CommandNode): string {
  const nodes = allCommands(tree);
  const known = nodes.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  const cases = nodes.map((node) => `    '${node.path.join(' ')}') words='${wordsOf(node).join(' ')}' ;;`);
  const values = valuesOf(tree).map(({ name, choices }) => `    '${name}') words='${choices.join(' ')}' ;;`);
  return `# bash completion of lucid: source <(lucid completion bash)
_lucid() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command='' words='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${command:+$command }\${COMP_WORDS[at]}" in
      ${known.join('|')}) command="\${command:+$command }\${COMP_WORDS[at]}" ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  case "$command \${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _lucid lucid
`;
}

function writeZsh(tree: CommandNode): string {
  const cases = allCommands(tree).map((node) => {
    const described = [
      ...node.commands.map(({ path, description }) => `'${path.at(-1)}:${description}'`),
      ...node.choices.map((choice) => `'${choice}'`),
      ...node.options.flatMap(({ flags, description }) =>
        flags.filter((flag) => flag.startsWith('--')).map((flag) => `'${flag}:${description}'`),
      ),
    ];
    return `    '${node.path.join(' ')}') offered=(${described.join(' ')}) ;;`;
  });
  const values = valuesOf(tree).map(({ name, choices }) => `    '${name}') offered=(${choices.join(' ')}) ;;`);
  const known = allCommands(tree)
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `'${path.join(' ')}'`);
  return `#compdef lucid
# zsh completion of lucid: lucid completion zsh > "\${fpath[1]}/_lucid"
_lucid() {
  local command='' word
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${command:+$command }$word" in
      ${known.join('|')}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$command" in
${cases.join('\n')}
  esac
  case "$command \${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  _describe 'lucid' offered || _files
}
if [ "$funcstack[1]" = _lucid ]; then _lucid "$@"; else compdef _lucid lucid; fi
`;
}

function writeFish(tree: CommandNode): string {
  const lines = allCommands(tree).flatMap((node) => {
    const condition = `-n '__lucid_is "${node.path.join(' ')}"'`;
    return [
      ...node.commands.map(
        ({ path, description }) => `complete -c lucid -f ${condition} -a '${path.at(-1)}' -d '${description}'`,
      ),
      ...node.choices.map((choice) => `complete -c lucid -f ${condition} -a '${choice}'`),
      ...node.options.map(({ flags, description, takesValue, choices }) => {
        const named = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
        const value = takesValue ? ` -r${choices.length > 0 ? ` -a '${choices.join(' ')}'` : ''}` : '';
        return `complete -c lucid ${condition} ${named.join(' ')}${value} -d '${description}'`;
      }),
    ];
  });
  const known = allCommands(tree)
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => `'${path.join(' ')}'`);
  return `# fish completion of lucid: lucid completion fish > ~/.config/fish/completions/lucid.fish
function __lucid_is
  set -l command ''
  for word in (commandline -opc)[2..]
    set -l longer (string trim "$command $word")
    if contains -- $longer ${known.join(' ')}
      set command $longer
    end
  end
  test "$command" = "$argv[1]"
end
${lines.join('\n')}
`;
}
