// The commands and options of `lucid` as a tree of plain data, read off the program itself.
import type { Command } from 'commander';

type OptionNode = {
  /** As in `--json` and `-h`. */
  flags: string[];
  description: string;
  takesValue: boolean;
  choices: string[];
};

export type CommandNode = {
  /** Its name and those above it, without the program's own. */
  path: string[];
  description: string;
  options: OptionNode[];
  commands: CommandNode[];
  /** What its first argument can be, where that is known. */
  choices: string[];
};

export function readTree(command: Command, path: string[] = []): CommandNode {
  const help = command.createHelp();
  return {
    path,
    description: firstSentence(command.description()),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
      description: firstSentence(option.description),
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
    })),
    commands: help.visibleCommands(command).map((child) => readTree(child, [...path, child.name()])),
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}

/** One line without what shells read. */
const firstSentence = (text: string) => (text.split(/[.;\n]/)[0] ?? '').replace(/[^\p{L}\p{N} ,./()-]/gu, '').trim();

export const allCommands = (node: CommandNode): CommandNode[] => [node, ...node.commands.flatMap(allCommands)];

/** What can stand behind a command. */
export const wordsOf = ({ commands, choices, options }: CommandNode): string[] => [
  ...commands.map(({ path }) => path.at(-1) ?? ''),
  ...choices,
  ...options.flatMap(({ flags }) => flags.filter((flag) => flag.startsWith('--'))),
];
