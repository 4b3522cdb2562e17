// The command line of `lucid`: its commands, their options, and what each runs.
import { Argument, Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { efforts } from '../../schema/choice.ts';
import { tokenHoursDefault, tokenHoursMax } from '../../schema/rules/development-token.ts';
import { reportedStates } from '../../schema/session.ts';
import { attachSession, showLogs } from './commands/attach.ts';
import { exportChat, listChats, removeChat, renameChat, showChat } from './commands/chats.ts';
import { examineDeployment } from './commands/doctor.ts';
import { listFiles, saveFile, showFile } from './commands/files.ts';
import { login } from './commands/login.ts';
import { listModels } from './commands/models.ts';
import { providers, runTask } from './commands/run.ts';
import { sendMessage } from './commands/send.ts';
import { listSessions, stopSession } from './commands/sessions.ts';
import { printToken } from './commands/token.ts';
import { readTree } from './completion/command-tree.ts';
import { type Shell, shells, writeCompletion } from './completion/completion-scripts.ts';
import type { Context } from './context.ts';
import { type ExitCode, exitCodes, exitCodesHelp, UsageError } from './exit-codes.ts';
import { commandName } from './local/find-repository.ts';

export type Ended = { exitCode: ExitCode };

/** @param ended is told the exit code of the command that ran */
export function buildProgram(version: string, context: Context, ended: Ended): Command {
  const program = new Command('lucid')
    .description('Runs and follows sessions of Lucid Engine from a terminal.')
    .version(version)
    .showHelpAfterError('Say `lucid --help` for what there is.')
    .addHelpText('after', `\n${exitCodesHelp}\n\n${settingsHelp}`);
  const wiring = { context, ended };
  addSessionCommands(program, wiring);
  addSend(program, wiring);
  addFileCommands(program, wiring);
  addChatCommands(program, wiring);
  addEngineCommands(program, wiring);
  for (const command of [program, ...allBelow(program)]) command.exitOverride().configureOutput(outputOf(context));
  return program;
}

const settingsHelp = `Which engine: --url, or LUCID_URL, or the login file, or http://localhost:8000.
Which token: LUCID_TOKEN, or the login file for the engine that it names.
For \`run\`: LUCID_API_KEY is a key of the model's provider, LUCID_GIT_TOKEN a token of the repository's host.
NO_COLOR and FORCE_COLOR decide about colours.`;

const outputOf = ({ stdout, stderr }: Context) => ({
  writeOut: (text: string) => void stdout.write(text),
  writeErr: (text: string) => void stderr.write(text),
});

const allBelow = (command: Command): Command[] => command.commands.flatMap((child) => [child, ...allBelow(child)]);

type Wiring = { context: Context; ended: Ended };

/** @returns an action that hands its arguments, its options and the context on, and keeps the exit code */
const runs =
  ({ context, ended }: Wiring, act: (...given: never[]) => Promise<ExitCode>) =>
  async (...given: unknown[]): Promise<void> => {
    const handed = [...given.slice(0, -1), context] as never[]; // The last is the command itself.
    ended.exitCode = await act(...handed);
  };

const urlOption = () => new Option('--url <url>', 'the engine, for example https://agents.example.com');
const jsonOption = () => new Option('--json', 'one JSON object a line');
const patienceOption = () =>
  new Option('--patience <seconds>', 'how long an engine that went away is waited for')
    .argParser(wholeNumber(1))
    .default(300);
const tailOption = () => new Option('--tail <n>', 'only the last events').argParser(wholeNumber(0));

/** Choices for completion: it is the engine that refuses others. */
const offering = (option: Option, choices: readonly string[]): Option =>
  Object.assign(option, { argChoices: [...choices] });

const modelOption = () =>
  offering(
    new Option('--model <model>', 'a model as `lucid models` lists them, or a provider for its default model'),
    providers,
  );
const effortOption = () => new Option('--effort <effort>', 'how much the model thinks').choices(efforts);
const fileOption = () =>
  new Option('--file <path>', 'a file or an image for the agent; several with several options').argParser(collect);
const labelOption = () =>
  new Option(
    '--label <name=value>',
    'what the engine that has the session must be labelled with; several with several options',
  ).argParser(collect);
const budgetOption = (what: string) =>
  new Option('--budget <dollars>', `${what} in US dollars; the engine ends the turn before it costs more`).argParser(
    dollars,
  );
const stateOption = () => offering(new Option('--state <states>', 'which; several with commas'), reportedStates);

function refuseMoreWords(words: readonly string[]): void {
  if (words.length > 1)
    throw new UsageError(`The task is one argument, so it needs quotes: ${commandName} run "${words.join(' ')}"`);
}

function wholeNumber(min: number, max = 1_000_000) {
  return (text: string): number => {
    const value = /^\d{1,7}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`A whole number from ${min} to ${max}, please.`);
    return value;
  };
}

function dollars(text: string): number {
  const value = /^\$?\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text.replace('$', '')) : 0;
  if (value <= 0) throw new InvalidArgumentError('US dollars, for example 2.00, please.');
  return value;
}

function addSessionCommands(program: Command, wiring: Wiring): void {
  program
    .command('run')
    .description(
      'give an agent a task and follow it; what you type meanwhile is a follow-up, Ctrl-C interrupts the turn, twice leaves',
    )
    .argument('[task]', 'what is to be done')
    .allowExcessArguments() // Refused below, with words that help.
    .hook('preAction', (_, { args }) => refuseMoreWords(args))
    .option('--repo <url>', 'the git repository that it is about')
    .option('--branch <name>', 'the branch of it')
    .addOption(modelOption())
    .addOption(effortOption())
    .option('--instructions <file>', 'what you want of the agent in every turn, as text in a file')
    .option('--ask', 'the agent asks before it changes anything')
    .option('--plan', 'the agent only looks until you have allowed its plan')
    .option('--read-only', 'the agent changes nothing')
    .addOption(labelOption())
    .addOption(fileOption())
    .option('--detach', 'do not follow: print the session’s id and end')
    .addOption(budgetOption('what all turns of the session may cost'))
    .option('--stdin', 'read the task from stdin')
    .option('--local', 'start an engine of this repository for the one task, and end it afterwards')
    .addOption(patienceOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, runTask));
  program
    .command('attach')
    .description('follow a session that is there, and say something to it')
    .argument('<id>', 'the session')
    .addOption(tailOption())
    .addOption(patienceOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, attachSession));
  program
    .command('ls')
    .description('list sessions, newest first: those that go on or can, unless --state says which')
    .addOption(stateOption())
    .addOption(new Option('--limit <n>', 'how many at most').argParser(wholeNumber(1, 10_000)).default(50))
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, listSessions));
  program
    .command('logs')
    .description('print what a session has recorded')
    .argument('<id>', 'the session')
    .option('-f, --follow', 'go on with what it records from now on')
    .addOption(tailOption())
    .addOption(patienceOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, showLogs));
  program
    .command('models')
    .description('list the models that can be chosen')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, listModels));
  program
    .command('stop')
    .description('end a session for good')
    .argument('<id>', 'the session')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, stopSession));
}

const collect = (value: string, before: string[] = []): string[] => [...before, value];

function addSend(program: Command, wiring: Wiring): void {
  program
    .command('send')
    .description('say one more thing to a session, and follow what the agent does about it')
    .argument('<id>', 'the session')
    .argument('[message]', 'what is said')
    .option('--model <model>', 'a model as `lucid models` lists them, for this turn')
    .addOption(effortOption())
    .addOption(budgetOption('what the turn may cost'))
    .addOption(fileOption())
    .option('--stdin', 'read the message from stdin')
    .option('--detach', 'do not follow: end once the engine has it')
    .addOption(patienceOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, sendMessage));
}

function addFileCommands(program: Command, wiring: Wiring): void {
  const files = program.command('files').description('the workspace of a session');
  files
    .command('ls')
    .description('list its files')
    .argument('<id>', 'the session')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, listFiles));
  files
    .command('cat')
    .description('print a file')
    .argument('<id>', 'the session')
    .argument('<path>', 'the file, as `files ls` has it')
    .addOption(urlOption())
    .action(runs(wiring, showFile));
  files
    .command('get')
    .description('save a file here')
    .argument('<id>', 'the session')
    .argument('<path>', 'the file, as `files ls` has it')
    .argument('[target]', 'where to; its own name in this folder otherwise')
    .option('--force', 'replace what is there')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, saveFile));
}

function addChatCommands(program: Command, wiring: Wiring): void {
  const limitOption = () => new Option('--limit <n>', 'how many at most').argParser(wholeNumber(1, 100)).default(50);
  const chats = program.command('chats').description('the record of sessions');
  chats
    .command('ls', { isDefault: true })
    .description('list chats, newest first')
    .addOption(limitOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(
      runs(wiring, (options: Parameters<typeof listChats>[1], context: Context) => listChats([], options, context)),
    );
  chats
    .command('search')
    .description('find chats by words of their title and of what was said')
    .argument('<words...>', 'all of them have to be there')
    .addOption(limitOption())
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, listChats));
  const chat = (name: string, description: string, about = 'the chat') =>
    chats.command(name).description(description).argument('<id>', about).addOption(urlOption());
  const orSession = 'the chat, or its session';
  chat('show', 'print a chat', orSession).addOption(jsonOption()).action(runs(wiring, showChat));
  chat('export', 'print a whole chat with all it holds', orSession)
    .addOption(new Option('--format <format>', 'of what is printed').choices(['json', 'markdown']).default('markdown'))
    .action(runs(wiring, exportChat));
  chat('rename', 'give a chat another title')
    .argument('<title>', 'the new one')
    .addOption(jsonOption())
    .action(runs(wiring, renameChat));
  chat('rm', 'delete a chat with its messages; its session is stopped first')
    .addOption(jsonOption())
    .action(runs(wiring, removeChat));
}

function addEngineCommands(program: Command, wiring: Wiring): void {
  program
    .command('login')
    .description('keep an engine’s URL and a token, which is asked for or read from stdin')
    .argument('[url]', 'the engine')
    .option('--no-check', 'do not try them first')
    .action(runs(wiring, login));
  program
    .command('token')
    .description('make a token for trying, signed with this machine’s SESSION_SECRET')
    .argument('<name>', 'the user whom it names')
    .addOption(
      new Option('--hours <n>', 'how long it is good for')
        .argParser(wholeNumber(1, tokenHoursMax))
        .default(tokenHoursDefault),
    )
    .action(runs(wiring, printToken));
  program
    .command('doctor')
    .description('check a deployment: one line each, with what mends it')
    .addOption(jsonOption())
    .addOption(urlOption())
    .action(runs(wiring, examineDeployment));
  program
    .command('completion')
    .description('print what makes a shell complete this command')
    .addArgument(new Argument('<shell>', 'which').choices(shells))
    .action(
      runs(wiring, async (shell: Shell, _options: object, context: Context) => {
        context.stdout.write(writeCompletion(shell, readTree(program)));
        return exitCodes.done;
      }),
    );
}

/** Help and versions that were asked for end it well, all else that commander refuses is a wrong command line. */
export const exitCodeOfCommander = ({ exitCode }: CommanderError): ExitCode =>
  exitCode === 0 ? exitCodes.done : exitCodes.usage;
