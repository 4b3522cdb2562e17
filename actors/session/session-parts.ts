// Builds the parts of a session, each before those that use it.
import { workspace as workspaceRoot } from '../../sandbox/sandbox.ts';
import type { Outcome } from '../../schema/error.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { Tree } from '../../schema/file.ts';
import type { LogEntry, LogEvent } from '../../schema/log.ts';
import type { SessionRecord } from '../../schema/session.ts';
import type { SessionNow } from '../../schema/session-now.ts';
import { AttachedFiles } from '../images/attached-files.ts';
import { Knowledge } from '../knowledge/knowledge.ts';
import type { McpServers } from '../mcp/mcp-servers.ts';
import { openServers } from '../mcp/open-servers.ts';
import { Announcements } from './announcements.ts';
import { noticeOfEndedCommand } from './background-notice.ts';
import { type CallGate, makeCallGate } from './call-gate.ts';
import { CommandRecord } from './command-record.ts';
import { Credentials } from './credentials.ts';
import { FileTreeFeed } from './file-tree-feed.ts';
import { NowFeed } from './now-feed.ts';
import { Permissions } from './permissions.ts';
import { Recorder } from './recorder.ts';
import { Replies } from './replies.ts';
import { ResourceMeter } from './resource-meter.ts';
import type { SessionCaller, SessionDependencies } from './session-dependencies.ts';
import { describeNow, type KnownNow } from './session-now.ts';
import { SessionSnapshots } from './session-snapshots.ts';
import { TransientFeed } from './transient-feed.ts';
import { choiceOfTurn } from './turn-choice.ts';
import { Workspace } from './workspace.ts';

export type SessionParts = {
  record: SessionRecord;
  credentials: Credentials;
  recorder: Recorder;
  announcements: Announcements;
  commands: CommandRecord;
  transientFeed: TransientFeed;
  workspace: Workspace;
  snapshots: SessionSnapshots;
  knowledge: Knowledge;
  fileTreeFeed: FileTreeFeed;
  resourceMeter: ResourceMeter;
  mcpServers: McpServers;
  nowFeed: NowFeed;
  /** What isn't among the events, set by who knows it. */
  knownNow: KnownNow;
  attachedFiles: AttachedFiles;
  describeNow(): SessionNow;
  permissions: Permissions;
  gate: CallGate;
  replies: Replies;
};

/**
 * @param events what the session did before; undefined for a new one
 * @param olderEvents those of its workspace and its project that aren't among them
 */
export function buildSessionParts(
  dependencies: SessionDependencies,
  record: SessionRecord,
  { secrets, clients, viewers }: SessionCaller,
  events: StoredEvent[] | undefined,
  olderEvents: readonly StoredEvent[] = [],
): SessionParts {
  const { models, writeBuffer, sandboxes, git, sendTransient, tellQueuePosition, now } = dependencies;
  const credentials = new Credentials(record.settings, secrets, models);
  const getMasking = () => credentials.masking;
  const { policy, forkedFrom } = record.settings;
  const permissions = new Permissions([...olderEvents, ...(events ?? [])], forkedFrom?.sequence);
  const onRecorded = (event: StoredEvent) => {
    permissions.note(event);
    nowFeed.scheduleNow();
  };
  const recorder = new Recorder({ writeBuffer, now, record, getMasking, onRecorded }, events);
  const waitUntilStored = () => recorder.waitUntilStored(recorder.sequence);
  const { sessionId } = record;
  const transientFeed = new TransientFeed({ sessionId, sendTransient, getMasking, waitUntilStored }, clients + viewers);
  const standing = openStanding({ record, credentials, recorder, transientFeed }, () => ({
    mcpServers: mcpServers.statuses,
    budgetUsd: record.settings.budgetUsd ?? dependencies.config.budgets.sessionUsd,
  }));
  const { nowFeed } = standing;
  const snapshots = openSnapshots(dependencies, record, recorder, events !== undefined);
  const workspace = new Workspace({
    record,
    snapshots,
    mayExist: events !== undefined,
    chooseSource: () => sandboxes.sourceFor(credentials.isMock),
    removeLeftover: () => sandboxes.remove(record),
    git,
    getGitToken: () => credentials.gitToken,
    events: recorder.events,
    olderEvents,
    onQueued: (position) => tellQueuePosition(sessionId, position),
    recordEvent: (recorded) => recorder.recordEvent({ role: 'assistant', ...recorded }),
    onCommandEnded: async (ended) => {
      const { sequence } = recorder.recordEvent({ role: 'system', ...noticeOfEndedCommand(ended, recorder.events) });
      await recorder.waitUntilStored(sequence);
    },
  });
  const mcpServers = openServers({
    config: dependencies.config,
    given: record.settings.mcpServers ?? [],
    getSecrets: (server) => credentials.findMcpSecrets(server),
    getFolder: (sandbox) => workspace.collectFacts(sandbox).repository?.folder ?? sandbox.root,
    now,
    onChanged: () => nowFeed.scheduleNow(),
  });
  const sendTree = async () => {
    if (transientFeed.hasAudience) showTree(await workspace.listFiles(), { dependencies, sessionId, transientFeed });
  };
  const getRoot = () => workspace.heldSandbox?.root ?? workspaceRoot;
  const gate = makeCallGate({ policy, said: permissions, events: recorder.events, getRoot, now });
  return {
    record,
    credentials,
    recorder,
    announcements: new Announcements(recorder),
    commands: new CommandRecord(recorder),
    transientFeed,
    workspace,
    snapshots,
    knowledge: new Knowledge({
      events: recorder.events,
      olderEvents,
      recordEvent: (recorded) => recorder.recordEvent(recorded),
      operatorSkills: dependencies.config.operator.skills,
    }),
    fileTreeFeed: new FileTreeFeed(sendTree, now),
    resourceMeter: new ResourceMeter({ getSandbox: () => workspace.heldSandbox, now }),
    mcpServers,
    ...standing,
    attachedFiles: openAttachedFiles(dependencies, sessionId, recorder.events),
    permissions,
    gate,
    replies: new Replies({ recorder, gate, policy, now }),
  };
}

type StandingParts = Pick<SessionParts, 'record' | 'credentials' | 'recorder' | 'transientFeed'>;

/** How the session stands: what tells it, and what shows it. @param findKnown what others know of it beside the events */
function openStanding(
  { record, credentials, recorder, transientFeed }: StandingParts,
  findKnown: () => KnownNow,
): Pick<SessionParts, 'nowFeed' | 'knownNow' | 'describeNow'> {
  const knownNow: KnownNow = {};
  const describe = () => {
    const choice = choiceOfTurn(recorder.events, record.settings);
    const model = credentials.chooseModel(choice);
    const known = { ...knownNow, ...findKnown(), effort: choice.effort, ...(model.ok && { model: model.value.name }) };
    return credentials.masking.maskValue(describeNow(recorder.events, known)); // Servers say why they failed.
  };
  const nowFeed = new NowFeed({
    hasAudience: () => transientFeed.hasAudience,
    describeNow: describe,
    waitUntilStored: () => recorder.waitUntilStored(recorder.sequence),
    sendNow: (state) => transientFeed.sendNow(state),
  });
  return { nowFeed, knownNow, describeNow: describe };
}

const openSnapshots = (
  dependencies: SessionDependencies,
  record: SessionRecord,
  recorder: Recorder,
  mayExist: boolean,
): SessionSnapshots =>
  new SessionSnapshots({
    record,
    recorder,
    open: dependencies.openSnapshots,
    mayExist,
    onTrouble: (reason) => logOfSession(dependencies, record.sessionId, 'warn', 'snapshot.failed', { reason }),
  });

const openAttachedFiles = (dependencies: SessionDependencies, sessionId: string, events: readonly StoredEvent[]) =>
  new AttachedFiles({
    sessionId,
    events,
    keptFiles: dependencies.keptFiles,
    onMissing: (path, reason) => logOfSession(dependencies, sessionId, 'warn', 'attachment.missing', { path, reason }),
  });

type TreeViewers = { dependencies: SessionDependencies; sessionId: string; transientFeed: TransientFeed };

function showTree(tree: Outcome<Tree>, { dependencies, sessionId, transientFeed }: TreeViewers): void {
  if (tree.ok) return transientFeed.sendFileTree(tree.value);
  const { code } = tree.failure;
  // A session may end while its tree is read.
  if (code !== 'sessionEnded') logOfSession(dependencies, sessionId, 'warn', 'fileTree.failed', { code });
}

export function logOfSession(
  { log }: Pick<SessionDependencies, 'log'>,
  sessionId: string,
  level: LogEntry['level'],
  event: LogEvent,
  fields: LogEntry['fields'],
): void {
  log({ level, event, fields: { sessionId, ...fields } });
}
