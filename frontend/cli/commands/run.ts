// `lucid run`: gives an agent a task and follows it.
import { limits } from '../../../schema/limits.ts';
import { createClient, type Lucid, type NewSession } from '../../client/index.ts';
import { type Context, readAll } from '../context.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { followSession } from '../follow/follow-session.ts';
import { startEmbeddedEngine } from '../local/embedded-engine.ts';
import { commandName } from '../local/find-repository.ts';
import { loadWebSocket } from '../settings/load-web-socket.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { escapeLine, toJsonLine } from '../show/escape-text.ts';

export type RunOptions = EngineOptions & {
  repo?: string;
  branch?: string;
  model?: string;
  detach?: boolean;
  budget?: number;
  stdin?: boolean;
  json?: boolean;
  local?: boolean;
  patience: number;
};

export async function runTask(task: string | undefined, options: RunOptions, context: Context): Promise<ExitCode> {
  checkOptions(task, options);
  const asked: NewSession = {
    task: await readTask(task, context),
    ...(options.repo !== undefined && { repoUrl: options.repo }),
    ...(options.branch !== undefined && { branch: options.branch }),
    ...(options.model !== undefined && { modelProvider: options.model }),
    ...(context.env.LUCID_GIT_TOKEN && { gitToken: context.env.LUCID_GIT_TOKEN }),
    ...(context.env.LUCID_API_KEY && { apiKey: context.env.LUCID_API_KEY }),
  };
  if (options.local) return runLocally(asked, options, context);
  const lucid = await openClient(options, context);
  if (!options.detach) return followTask(lucid, asked, options, context);
  const { sessionId } = await lucid.sessions.create({ ...asked, autoStart: true });
  context.print([options.json ? toJsonLine({ sessionId }) : escapeLine(sessionId)]);
  if (!options.json) context.note(`The agent works on it. To follow it: ${commandName} attach ${sessionId}`);
  return exitCodes.done;
}

function checkOptions(task: string | undefined, { stdin, local, detach, url }: RunOptions): void {
  if (task === undefined && !stdin) throw new UsageError('Say what is to be done: lucid run "task", or --stdin.');
  if (task !== undefined && stdin) throw new UsageError('The task comes either as an argument or from --stdin.');
  if (local && detach) throw new UsageError('--local ends its engine with the task: it can’t be detached.');
  if (local && url) throw new UsageError('--local starts an engine of its own: --url names another one.');
}

async function readTask(task: string | undefined, { stdin }: Context): Promise<string> {
  const text = (task ?? (await readAll(stdin, limits.taskCharsMax))).trim();
  if (text === '') throw new UsageError('The task is empty.');
  if (text.length > limits.taskCharsMax)
    throw new UsageError(`The task has ${text.length} characters, and may have ${limits.taskCharsMax}.`);
  return text;
}

async function followTask(lucid: Lucid, asked: NewSession, options: RunOptions, context: Context): Promise<ExitCode> {
  const session = await lucid.open(asked);
  const comeBack = options.local
    ? 'The engine of this one task ends, and the session with it.'
    : `The session goes on at the engine. To come back: ${commandName} attach ${session.id}`;
  const exitCode = await followSession(
    {
      lucid,
      session,
      historyThrough: 0,
      skipThrough: 0,
      staysWhenIdle: (reason, { canType, hasDraft }) => canType && (hasDraft || reason === 'interrupted'),
      comeBack,
      budgetUsd: options.budget,
      patienceMs: options.patience * 1_000,
      isJson: options.json ?? false,
      takesMessages: true,
    },
    context,
  );
  if (!options.local && !options.json && exitCode !== exitCodes.interrupted)
    context.note(`To go on: ${commandName} attach ${session.id}`);
  return exitCode;
}

async function runLocally(asked: NewSession, options: RunOptions, context: Context): Promise<ExitCode> {
  const engine = await startEmbeddedEngine(context);
  const { url: baseUrl, token } = engine;
  try {
    return await followTask(
      createClient({ baseUrl, token, WebSocket: await loadWebSocket() }),
      asked,
      options,
      context,
    );
  } finally {
    await engine.stop();
  }
}
