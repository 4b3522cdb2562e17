// The routes of those who operate the engine: everybody's sessions, users and costs, the engine itself, and its drain.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { modes } from '../../session.ts';
import { timestamp, wholeNumber } from '../answer-fields.ts';
import { exampleSession } from '../examples.ts';
import { dayText, idText, wholeNumberText } from '../fields.ts';
import { declareAnswer, declareBody, type RouteDeclaration } from '../route.ts';
import { databaseErrors, hostErrors } from './errors.ts';
import { exampleReport, ReportedSession, SessionPath, States, TotalUsage } from './sessions.ts';

const { sessionId, userId, createdAt, updatedAt } = exampleSession;
const runId = '01a20790-52c1-7b0e-9d0c-2f7a3f1a6c11';

export const AdminSession = v.strictObject({
  ...ReportedSession.entries,
  provider: v.nullable(v.string()),
  runId: v.pipe(v.nullable(v.string()), v.description('The start of an engine that has it; null while none has')),
  host: v.pipe(v.nullable(wholeNumber), v.description('The host thread, where this engine has it')),
});

export type AdminSession = v.InferOutput<typeof AdminSession>;

export const listAllSessions = {
  method: 'get',
  path: '/api/v1/admin/sessions',
  tag: 'Admin',
  summary: "List everybody's sessions page by page, newest first; with `state` or `user` only those",
  isOpen: false,
  access: 'admin',
  query: v.object({
    state: States,
    user: v.optional(idText),
    limit: wholeNumberText(1, 100, 50),
    before: v.optional(idText),
  }),
  answer: declareAnswer(
    v.strictObject({
      sessions: v.array(AdminSession),
      nextBefore: v.pipe(
        v.nullable(v.string()),
        v.description('What to ask for as `before` next, also where a page is short; null after the last'),
      ),
    }),
    { sessions: [{ ...exampleReport, provider: 'anthropic', runId, host: 0 }], nextBefore: null },
  ),
  errors: databaseErrors,
} as const satisfies RouteDeclaration;

export const AdminUser = v.strictObject({
  userId: v.string(),
  name: v.pipe(
    v.nullable(v.string()),
    v.description('As whom they signed in last; null where they are signed in nowhere'),
  ),
  sessions: wholeNumber,
  liveSessions: v.pipe(wholeNumber, v.description('Those that have not ended, at work or at rest')),
  lastActivityAt: v.pipe(timestamp, v.description('When one of its chats changed last')),
  usage: v.pipe(TotalUsage, v.description('Of all turns that have ended, in chats that are still there')),
});

export const listUsers = {
  method: 'get',
  path: '/api/v1/admin/users',
  tag: 'Admin',
  summary: 'List the users that have sessions page by page, by their id, with what each has used',
  isOpen: false,
  access: 'admin',
  query: v.object({ limit: wholeNumberText(1, 100, 50), after: v.optional(idText) }),
  answer: declareAnswer(
    v.strictObject({
      users: v.array(AdminUser),
      nextAfter: v.pipe(v.nullable(v.string()), v.description('What to ask for as `after` next; null after the last')),
    }),
    {
      users: [
        {
          userId,
          name: 'Ada Lovelace',
          sessions: 3,
          liveSessions: 1,
          lastActivityAt: updatedAt,
          usage: exampleReport.usage,
        },
      ],
      nextAfter: null,
    },
  ),
  errors: [...databaseErrors, 'overloaded'],
} as const satisfies RouteDeclaration;

export const endSignIns = {
  method: 'delete',
  path: '/api/v1/admin/users/{id}/sign-ins',
  tag: 'Admin',
  summary: 'Sign a user out at every browser; tokens that were given out count until they expire',
  isOpen: false,
  access: 'admin',
  parameters: v.object({ id: v.pipe(v.string(), v.description("The user's id, percent-encoded")) }),
  answer: declareAnswer(
    v.strictObject({ userId: v.string(), ended: v.pipe(wholeNumber, v.description('Browsers that were signed in')) }),
    { userId, ended: 2 },
  ),
  errors: databaseErrors,
} as const satisfies RouteDeclaration;

const day = v.pipe(v.string(), v.isoDate(), v.metadata({ format: 'date' }));

export const DayCosts = v.strictObject({
  day,
  userId: v.pipe(v.nullable(v.string()), v.description('Null for all users together that `users` leaves out')),
  ...TotalUsage.entries,
});

export const readCosts = {
  method: 'get',
  path: '/api/v1/admin/costs',
  tag: 'Admin',
  summary: 'Read what the turns that ended on each day (UTC) have used, by user',
  isOpen: false,
  access: 'admin',
  query: v.object({
    from: v.pipe(dayText, v.description('The first day; 29 days before `to` unless given')),
    to: v.pipe(dayText, v.description('The last day; today unless given')),
    users: wholeNumberText(1, limits.costUsersMax, 20),
  }),
  answer: declareAnswer(
    v.strictObject({
      from: day,
      to: day,
      days: v.pipe(v.array(DayCosts), v.description('Days and users without turns are left out')),
    }),
    { from: '2026-02-01', to: '2026-02-28', days: [{ day: '2026-02-17', userId, ...exampleReport.usage }] },
  ),
  errors: [...databaseErrors, 'overloaded'],
} as const satisfies RouteDeclaration;

const milliseconds = v.pipe(v.number(), v.minValue(0));

export const AdminEngine = v.strictObject({
  version: v.string(),
  node: v.string(),
  mode: v.picklist(modes),
  model: v.string(),
  runId: v.pipe(v.string(), v.description('This start of the engine, among others on the same database')),
  startedAt: timestamp,
  isDraining: v.boolean(),
  isReady: v.boolean(),
  problem: v.pipe(v.nullable(v.string()), v.description('Why it is not ready, as `/ready` says')),
  sessions: v.pipe(wholeNumber, v.description('That this engine has in memory or follows')),
  sockets: v.pipe(wholeNumber, v.description('Open WebSockets and event streams')),
  hosts: v.array(
    v.strictObject({
      host: wholeNumber,
      isAway: v.pipe(v.boolean(), v.description('Whether it did not answer in time; its figures are then 0')),
      sessions: wholeNumber,
      working: wholeNumber,
      mailboxCommands: wholeNumber,
      uncommittedWrites: wholeNumber,
    }),
  ),
  threads: v.array(v.strictObject({ thread: v.string(), delayP50Ms: milliseconds, delayP99Ms: milliseconds })),
  sandboxes: v.strictObject({
    kind: v.pipe(v.string(), v.description('Where the commands of agents run, in a few words')),
    isDockerAvailable: v.boolean(),
    held: wholeNumber,
    waiting: v.pipe(wholeNumber, v.description('Sessions that wait for one')),
    warm: v.pipe(wholeNumber, v.description('Made ahead, and taken by nobody yet')),
    problem: v.nullable(v.string()),
  }),
  storage: v.strictObject({
    isAvailable: v.pipe(v.boolean(), v.description('Whether PostgreSQL answers and takes writes')),
    problem: v.nullable(v.string()),
    waitingWrites: wholeNumber,
  }),
  runs: v.pipe(
    v.nullable(
      v.array(
        v.strictObject({
          runId: v.string(),
          isThis: v.boolean(),
          isOver: v.pipe(v.boolean(), v.description('Whether it ended in order')),
          beatAt: v.nullable(timestamp),
          liveSessions: wholeNumber,
        }),
      ),
    ),
    v.description('The starts of engines that the database knows; null while it does not answer'),
  ),
});

export type AdminEngine = v.InferOutput<typeof AdminEngine>;

export const readEngine = {
  method: 'get',
  path: '/api/v1/admin/engine',
  tag: 'Admin',
  summary: 'Read how this engine is, and which others are on its database',
  isOpen: false,
  access: 'admin',
  answer: declareAnswer(AdminEngine, {
    version: '1.0.0',
    node: 'v24.11.0',
    mode: 'full',
    model: 'anthropic/claude-sonnet-4-5',
    runId,
    startedAt: createdAt,
    isDraining: false,
    isReady: true,
    problem: null,
    sessions: 12,
    sockets: 9,
    hosts: [{ host: 0, isAway: false, sessions: 12, working: 3, mailboxCommands: 0, uncommittedWrites: 2 }],
    threads: [{ thread: 'gateway', delayP50Ms: 0.2, delayP99Ms: 3.1 }],
    sandboxes: { kind: 'docker', isDockerAvailable: true, held: 3, waiting: 0, warm: 2, problem: null },
    storage: { isAvailable: true, problem: null, waitingWrites: 0 },
    runs: [{ runId, isThis: true, isOver: false, beatAt: updatedAt, liveSessions: 12 }],
  }),
  errors: [],
} as const satisfies RouteDeclaration;

export const MetricSample = v.strictObject({
  name: v.pipe(v.string(), v.description("The metric's, of histograms with `_bucket`, `_sum` or `_count`")),
  labels: v.record(v.string(), v.string()),
  value: v.number(),
});

export type MetricSample = v.InferOutput<typeof MetricSample>;

export const SampledMetric = v.strictObject({
  name: v.string(),
  help: v.string(),
  type: v.picklist(['counter', 'gauge', 'histogram', 'summary']),
  samples: v.array(MetricSample),
});
export type SampledMetric = v.InferOutput<typeof SampledMetric>;

export const sampleMetrics = {
  method: 'get',
  path: '/api/v1/admin/metrics',
  tag: 'Admin',
  summary: 'Read what `/metrics` says, as JSON',
  isOpen: false,
  access: 'admin',
  answer: declareAnswer(
    v.strictObject({
      sampledAt: timestamp,
      metrics: v.array(SampledMetric),
    }),
    {
      sampledAt: updatedAt,
      metrics: [
        {
          name: 'lucid_sockets',
          help: 'Open WebSockets and event streams.',
          type: 'gauge',
          samples: [{ name: 'lucid_sockets', labels: {}, value: 9 }],
        },
      ],
    },
  ),
  errors: [],
} as const satisfies RouteDeclaration;

export const stopAnySession = {
  method: 'post',
  path: '/api/v1/admin/sessions/{id}/stop',
  tag: 'Admin',
  summary: "Stop anybody's session, which this engine has or none",
  isOpen: false,
  access: 'admin',
  parameters: SessionPath,
  answer: declareAnswer(v.strictObject({ status: v.literal('stopped'), sessionId: v.string(), userId: v.string() }), {
    status: 'stopped',
    sessionId,
    userId,
  }),
  errors: ['noSuchSession', ...hostErrors],
} as const satisfies RouteDeclaration;

const drainAnswer = declareAnswer(
  v.strictObject({
    isDraining: v.boolean(),
    working: v.pipe(wholeNumber, v.description('Sessions at work, for whose turns the drain waits')),
  }),
  { isDraining: true, working: 3 },
);

export const beginDrain = {
  method: 'post',
  path: '/api/v1/admin/drain',
  tag: 'Admin',
  summary: 'Let this engine take no new work, and end once nothing is at work on it',
  isOpen: false,
  access: 'admin',
  body: declareBody(
    v.object({
      confirm: v.pipe(v.literal('drain'), v.description('The word `drain`, since the engine ends')),
      withinSeconds: v.pipe(
        v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(limits.drainSecondsMax)), 3_600),
        v.description('When it ends at the latest; turns that go on then get 10 s, as after SIGTERM'),
      ),
    }),
    { confirm: 'drain', withinSeconds: 600 },
  ),
  answer: drainAnswer,
  errors: ['draining'],
} as const satisfies RouteDeclaration;

export const cancelDrain = {
  method: 'post',
  path: '/api/v1/admin/undrain',
  tag: 'Admin',
  summary: 'Let this engine take work again, unless it is about to end',
  isOpen: false,
  access: 'admin',
  answer: drainAnswer,
  errors: ['draining'],
} as const satisfies RouteDeclaration;
