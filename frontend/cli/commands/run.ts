// `lucid run`: gives an agent a task and follows it.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Effort } from '../../../schema/choice.ts';
import { limits } from '../../../schema/limits.ts';
import { createClient, type Lucid, type NewSession } from '../../client/index.ts';
import { type Context, readAll } from '../context.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { canReply, followSession } from '../follow/follow-session.ts';
import { startEmbeddedEngine } from '../local/embedded-engine.ts';
import { commandName } from '../local/find-repository.ts';
import { loadWebSocket } from '../settings/load-web-socket.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { escapeLine, toJsonLine } from '../show/escape-text.ts';

/** Providers that can be named without a model. */
export const providers = ['anthropic', 'google', 'openai'] as const;

export type RunOptions = EngineOptions & {
  repo?: string;
  branch?: string;
  model?: string;
  effort?: Effort;
  instructions?: string;
  ask?: boolean;
  plan?: boolean;
  readOnly?: boolean;
  file?: string[];
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
    ...choiceOf(options),
    ...(options.instructions !== undefined && { instructions: await readInstructions(options.instructions) }),
    ...policyOf(options, context),
    ...(context.env.LUCID_GIT_TOKEN && { gitToken: context.env.LUCID_GIT_TOKEN }),
    ...(context.env.LUCID_API_KEY && { apiKey: context.env.LUCID_API_KEY }),
  };
  const files = await readFiles(options.file ?? []);
  if (options.local) return runLocally(asked, files, options, context);
  const lucid = await openClient(options, context);
  if (!options.detach) return followTask(lucid, asked, files, options, context);
  const { sessionId } = await lucid.sessions.create({ ...asked, autoStart: true }, { files });
  context.print([options.json ? toJsonLine({ sessionId }) : escapeLine(sessionId)]);
  if (!options.json) context.note(`The agent works on it. To follow it: ${commandName} attach ${sessionId}`);
  return exitCodes.done;
}

/** A provider alone has its default model. */
function choiceOf({ model, effort, budget }: RunOptions): Partial<NewSession> {
  const isProvider = model !== undefined && providers.some((name) => name === model);
  return {
    ...(model !== undefined && (isProvider ? { modelProvider: model } : { model })),
    ...(effort !== undefined && { effort }),
    ...(budget !== undefined && { budgetUsd: budget }),
  };
}

/** Without a policy nobody is asked, so that a task whose author isn't there comes to its end. */
function policyOf(options: RunOptions, context: Context): Pick<NewSession, 'policy'> {
  const { ask, plan, readOnly, detach } = options;
  if (ask || plan || readOnly) return { policy: { mode: ask ? 'ask' : plan ? 'plan' : 'read-only' } };
  return !detach && canReply(options, context) ? { policy: { mode: 'auto' } } : {};
}

async function readInstructions(file: string): Promise<string> {
  const text = (await readBytes(file)).toString('utf8').trim();
  if (text.length > limits.instructionsCharsMax)
    throw new UsageError(`${file} has ${text.length} characters, and may have ${limits.instructionsCharsMax}.`);
  return text;
}

const readFiles = (names: readonly string[]): Promise<File[]> =>
  Promise.all(names.map(async (name) => new File([new Uint8Array(await readBytes(name))], path.basename(name))));

async function readBytes(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} can’t be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function checkOptions(task: string | undefined, options: RunOptions): void {
  const { stdin, local, detach, url, ask, plan, readOnly } = options;
  if ([ask, plan, readOnly].filter(Boolean).length > 1)
    throw new UsageError('A session has one policy: --ask, --plan or --read-only.');
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

async function followTask(
  lucid: Lucid,
  asked: NewSession,
  files: readonly File[],
  options: RunOptions,
  context: Context,
): Promise<ExitCode> {
  const session = await lucid.open(asked, { files });
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

async function runLocally(
  asked: NewSession,
  files: readonly File[],
  options: RunOptions,
  context: Context,
): Promise<ExitCode> {
  const engine = await startEmbeddedEngine(context);
  const { url: baseUrl, token } = engine;
  try {
    return await followTask(
      createClient({ baseUrl, token, WebSocket: await loadWebSocket() }),
      asked,
      files,
      options,
      context,
    );
  } finally {
    await engine.stop();
  }
}
