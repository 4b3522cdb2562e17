// `lucid run`: gives an agent a task and follows it.
import { limits } from '../../../schema/limits.ts';
import { createClient, type Lucid, type NewSession } from '../../client/index.ts';
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes, UsageError } from '../exit-codes.ts';
import { canReply } from '../follow/follow-session.ts';
import { startEmbeddedEngine } from '../local/embedded-engine.ts';
import { commandName } from '../local/find-repository.ts';
import { loadWebSocket } from '../settings/load-web-socket.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { escapeLine, toJsonLine } from '../show/escape-text.ts';
import { type ChoiceOptions, choiceOf } from './choice-options.ts';
import { followTurn } from './follow-turn.ts';
import { noteRetry } from './note-retry.ts';
import { readBytes, readFiles } from './read-files.ts';
import { checkSaid, readSaid } from './read-said.ts';

/** Providers that can be named without a model. */
export const providers = ['anthropic', 'google', 'openai'] as const;

export type RunOptions = EngineOptions &
  ChoiceOptions & {
    repo?: string;
    branch?: string;
    instructions?: string;
    ask?: boolean;
    plan?: boolean;
    readOnly?: boolean;
    label?: string[];
    file?: string[];
    detach?: boolean;
    stdin?: boolean;
    json?: boolean;
    local?: boolean;
    patience: number;
  };

export async function runTask(task: string | undefined, options: RunOptions, context: Context): Promise<ExitCode> {
  checkOptions(task, options);
  const asked: NewSession = {
    task: await readSaid('task', task, context),
    ...(options.repo !== undefined && { repoUrl: options.repo }),
    ...(options.branch !== undefined && { branch: options.branch }),
    ...choiceOfSession(options),
    ...(options.instructions !== undefined && { instructions: await readInstructions(options.instructions) }),
    ...labelsOf(options),
    ...policyOf(options, context),
    ...(context.env.LUCID_GIT_TOKEN && { gitToken: context.env.LUCID_GIT_TOKEN }),
    ...(context.env.LUCID_API_KEY && { apiKey: context.env.LUCID_API_KEY }),
  };
  const files = await readFiles(options.file);
  if (options.local) return runLocally(asked, files, options, context);
  const lucid = await openClient(options, context);
  if (!options.detach) return followTask(lucid, asked, files, options, context);
  const { sessionId } = await lucid.sessions.create(
    { ...asked, autoStart: true },
    { files, onRetry: noteRetry(context) },
  );
  context.print([options.json ? toJsonLine({ sessionId }) : escapeLine(sessionId)]);
  if (!options.json) context.note(`The agent works on it. To follow it: ${commandName} attach ${sessionId}`);
  return exitCodes.done;
}

/** A provider alone has its default model. */
function choiceOfSession({ model, ...others }: RunOptions): Partial<NewSession> {
  if (model === undefined) return choiceOf(others);
  const isProvider = providers.some((name) => name === model);
  return isProvider ? { modelProvider: model, ...choiceOf(others) } : choiceOf({ model, ...others });
}

/** Without a policy nobody is asked, so that a task whose author isn't there comes to its end. */
function policyOf(options: RunOptions, context: Context): Pick<NewSession, 'policy'> {
  const { ask, plan, readOnly, detach } = options;
  if (ask || plan || readOnly) return { policy: { mode: ask ? 'ask' : plan ? 'plan' : 'read-only' } };
  return !detach && canReply(options, context) ? { policy: { mode: 'auto' } } : {};
}

/** What is no label otherwise, the engine refuses in its own words. */
function labelsOf({ label: given = [] }: RunOptions): Pick<NewSession, 'labels'> {
  const labels = given.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)] as const);
  const wrong = given.find((text) => text.indexOf('=') < 1);
  if (wrong !== undefined)
    throw new UsageError(`A label is a name with a value, such as --label region=eu, not ${wrong}.`);
  if (new Set(labels.map(([name]) => name)).size < labels.length) throw new UsageError('Each label can be given once.');
  return labels.length === 0 ? {} : { labels: Object.fromEntries(labels) };
}

async function readInstructions(file: string): Promise<string> {
  const text = new TextDecoder().decode(await readBytes(file, limits.bodyBytesMax)).trim();
  if (text.length > limits.instructionsCharsMax)
    throw new UsageError(`${file} has ${text.length} characters, and may have ${limits.instructionsCharsMax}.`);
  return text;
}

function checkOptions(task: string | undefined, options: RunOptions): void {
  const { local, detach, url, ask, plan, readOnly } = options;
  if ([ask, plan, readOnly].filter(Boolean).length > 1)
    throw new UsageError('A session has one policy: --ask, --plan or --read-only.');
  checkSaid('task', task, options);
  if (local && detach) throw new UsageError('--local ends its engine with the task: it can’t be detached.');
  if (local && url) throw new UsageError('--local starts an engine of its own: --url names another one.');
}

async function followTask(
  lucid: Lucid,
  asked: NewSession,
  files: readonly File[],
  options: RunOptions,
  context: Context,
): Promise<ExitCode> {
  const session = await lucid.open(asked, { files, onRetry: noteRetry(context) });
  return followTurn({ lucid, session, isKept: !options.local }, options, context);
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
