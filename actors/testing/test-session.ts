// A session whose ring, model, sandbox and clock a test controls.
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { SandboxSources } from '../../sandbox/open-sources.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { SandboxSource } from '../../sandbox/sandbox-source.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { LogEntry } from '../../schema/log.ts';
import { noSecrets, type SessionRecord, type SessionSecrets, type SessionSettings } from '../../schema/session.ts';
import type { HostConfig } from '../../schema/thread.ts';
import { digestOf } from '../kept-files.ts';
import type { Model } from '../models/model.ts';
import { ScriptedModel } from '../models/scripted-model.ts';
import { Session } from '../session/session.ts';
import type { SessionDependencies } from '../session/session-dependencies.ts';
import { waitUntil } from './event-loop.ts';
import { type Rows, TestRing } from './test-ring.ts';

export const testConfig: HostConfig = {
  sandboxes: { agents: { kind: 'memory' }, mock: { kind: 'memory' } },
  models: { keys: {}, modelNames: {} },
  gitAllowedHosts: new Set(),
  iterationsMax: 50,
  conversationTimeoutMs: 1_800_000,
  budgets: {},
  mockStepDelayMs: 0,
  reconnectGraceMs: 300_000,
  hibernateAfterMs: 60_000,
  operator: { skills: [] },
};

export const testSettings: SessionSettings = {
  task: 'Build it',
  provider: 'anthropic',
  projectId: null,
  repoUrl: null,
  branch: null,
  gitUserName: null,
  gitUserEmail: null,
};

export function testRecord(more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    sessionId: 's-1',
    chatId: 'c-1',
    userId: 'ada',
    epoch: 1,
    state: 'live',
    settings: testSettings,
    createdAtMs: 0,
    ...more,
  };
}

export type TestSession = {
  session: Session;
  ring: TestRing;
  /** Time stands still until a test moves it. */
  clock: { ms: number };
  /** Transient frames that went to clients. */
  transient: { type: string; [field: string]: unknown }[];
  logs: LogEntry[];
};

export type TestSessionOptions = Partial<Pick<SessionDependencies, 'git'>> & {
  secrets?: SessionSecrets;
  model?: Model;
  /** Whether a script plays the agent; sessions with a key have a real one. */
  isMock?: boolean;
  makeSandbox?: () => Promise<Outcome<Sandbox>>;
  config?: Partial<HostConfig>;
  clients?: number;
  record?: Partial<SessionRecord>;
  /** Whether its work starts at once. */
  begins?: boolean;
  isUp?: boolean;
};

/** A new session, its task's command id being `task-1`. */
export function createSession(options: TestSessionOptions = {}): TestSession {
  const { clients = 1, begins = true, secrets = noSecrets } = options;
  const record = testRecord({ state: begins ? 'live' : 'created', ...options.record });
  return buildTestSession(options, (dependencies) =>
    Session.create(dependencies, record, { commandId: 'task-1', clients, viewers: 0, secrets, sealedSecrets: null }),
  );
}

/** A session under its next epoch, from what a crash left. */
export function restoreSession({ record, events }: Rows, options: TestSessionOptions = {}): TestSession {
  const activation = { record: { ...record, epoch: record.epoch + 1 }, events: [...events] };
  const { clients = 1, secrets = noSecrets } = options;
  return buildTestSession(options, (dependencies) =>
    Session.restore(dependencies, activation, { clients, viewers: 0, secrets }),
  );
}

function buildTestSession(
  options: TestSessionOptions,
  make: (dependencies: SessionDependencies) => Session,
): TestSession {
  const ring = new TestRing();
  ring.isUp = options.isUp ?? true;
  const clock = { ms: 1_000 };
  const transient: TestSession['transient'] = [];
  const logs: LogEntry[] = [];
  const session = make({
    writeBuffer: ring.writeBuffer,
    keptFiles: createKeptFiles(),
    spending: { read: async () => ({ userUsd: 0, engineUsd: 0 }), endTurn: () => undefined },
    models: createModels(options.model ?? new ScriptedModel(0), options.isMock ?? true),
    git: options.git ?? noGit,
    config: { ...testConfig, ...options.config },
    sandboxes: createSources(options.makeSandbox ?? (async () => succeeded(new MemorySandbox()))),
    counts: noCounts,
    now: () => clock.ms,
    sendTransient: (_, frame) => transient.push(JSON.parse(frame)),
    tellQueuePosition: () => undefined,
    log: (entry) => logs.push(entry),
  });
  ring.session = session;
  session.start(options.begins ?? (options.clients ?? 1) > 0);
  return { session, ring, clock, transient, logs };
}

/** Keeps bytes in memory, as persistence would in its table. */
export function createKeptFiles(): SessionDependencies['keptFiles'] {
  const kept = new Map<string, Uint8Array>();
  return {
    keep: async (_, bytes) => {
      kept.set(digestOf(bytes), bytes);
      return succeeded(digestOf(bytes));
    },
    load: async (_, digest) => kept.get(digest),
    loadBase64: async (_, digest) => {
      const bytes = kept.get(digest);
      return bytes && Buffer.from(bytes).toString('base64');
    },
  };
}

/** One model for every session. */
export const createModels = (model: Model, isMock = true): SessionDependencies['models'] => ({
  of: () => succeeded(model),
  isMock: () => isMock,
  keys: [],
  secrets: [],
});

const noCounts: SessionDependencies['counts'] = {
  countTurn: () => undefined,
  countTokens: () => undefined,
  countRetry: () => undefined,
};

export const noGit: SessionDependencies['git'] = {
  grant: async () => failed('sandboxFailed', 'There is no git in this test.'),
};

function createSources(makeSandbox: () => Promise<Outcome<Sandbox>>): SandboxSources {
  const open = async () => {
    const sandbox = await makeSandbox();
    return sandbox.ok ? succeeded({ sandbox: sandbox.value, isFresh: true }) : sandbox;
  };
  const source: SandboxSource = { open, remove: async () => undefined, close: async () => undefined };
  return new SandboxSources(source, source);
}

/** Resolves when the session has nothing to do, and everything of it is committed. */
export async function waitUntilIdle({ session, ring }: TestSession): Promise<void> {
  const isResting = () => session.state === 'idle' || session.state === 'created' || session.hasEnded;
  await waitUntil('the session rests', () => isResting() && ring.writeBuffer.uncommittedCount === 0);
}

/** The types of a session's events; of statuses, which. */
export const listTypes = ({ ring }: TestSession): string[] =>
  ring.events.map((event) => event.metadata?.status ?? event.eventType);
