// The routes of sessions: create, list, read, stop, send a message, and interrupt.
import * as v from 'valibot';
import { turnEnds } from '../../event.ts';
import { limits } from '../../limits.ts';
import { Resources } from '../../resources.ts';
import { reportedStates } from '../../session.ts';
import { exampleNow, SessionNow } from '../../session-now.ts';
import { timestamp, wholeNumber } from '../answer-fields.ts';
import { choiceFields } from '../choice-fields.ts';
import { documented } from '../documented.ts';
import { exampleSession } from '../examples.ts';
import { attachedPaths, commandId, idText, nonBlankText, wholeNumberText } from '../fields.ts';
import { declareAnswer, declareBody, type RouteDeclaration } from '../route.ts';
import { sessionFields } from '../session-fields.ts';
import { WaitingFor } from '../waiting-for.ts';
import { databaseErrors, hostErrors, lookupErrors, workspaceErrors } from './errors.ts';

const { sessionId, chatId, userId, task, createdAt, updatedAt } = exampleSession;

/** The header with which a request is done once, however often it is sent. */
export const IdempotencyKey = v.object({
  'Idempotency-Key': v.optional(
    v.pipe(
      v.string(),
      v.maxLength(limits.idCharsMax),
      v.regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without a space'),
    ),
  ),
});

export const SessionPath = v.object({ id: v.pipe(v.string(), v.description('The `sessionId`')) });

export const CreateSession = v.object({
  ...sessionFields,
  task: nonBlankText(limits.taskCharsMax),
  autoStart: v.nullish(v.boolean(), false),
});

export const createSession = {
  method: 'post',
  path: '/api/v1/sessions',
  tag: 'Sessions',
  summary: 'Create a session; with an Idempotency-Key once, however often it is sent',
  isOpen: false,
  isCommand: true,
  headers: IdempotencyKey,
  files: { bytesMax: limits.attachmentsBytesMax },
  body: declareBody(CreateSession, {
    task,
    autoStart: true,
    repoUrl: 'https://github.com/octocat/Hello-World',
    branch: 'master',
    modelProvider: 'anthropic',
  }),
  answer: declareAnswer(
    v.strictObject({
      status: v.pipe(v.picklist(['ready', 'mock']), v.description('`mock` where a script plays the agent')),
      sessionId: v.string(),
      message: v.string(),
    }),
    {
      status: 'ready',
      sessionId,
      message: 'Agent session initialized and started. Connect via WebSocket to follow it.',
    },
  ),
  errors: [
    'badProvider',
    'badKey',
    'badRepoUrl',
    'badBranch',
    'badMcpServer',
    'wrongKey',
    'unknownUser',
    'idReused',
    'fileTooLarge',
    ...hostErrors,
  ],
} as const satisfies RouteDeclaration;

export const TotalUsage = v.strictObject({
  turns: wholeNumber,
  inputTokens: wholeNumber,
  outputTokens: wholeNumber,
  cachedTokens: wholeNumber,
  cacheWriteTokens: wholeNumber,
  steps: wholeNumber,
  durationMs: v.number(),
  costUsd: v.exactOptional(v.pipe(v.number(), v.description('Only where the prices are known'))),
});

export const ReportedSession = v.strictObject({
  sessionId: v.string(),
  userId: v.string(),
  chatId: v.string(),
  task: v.string(),
  title: v.pipe(v.string(), v.description('Of its chat, which can be renamed')),
  repoUrl: v.nullable(v.string()),
  branch: v.pipe(v.nullable(v.string()), v.description('The branch that was asked for')),
  state: v.picklist(reportedStates),
  isAlive: v.pipe(v.boolean(), v.description('Whether it takes messages')),
  isActive: v.pipe(v.boolean(), v.description('Whether anybody is connected or work goes on')),
  createdAt: timestamp,
  updatedAt: timestamp,
  lastTurn: v.nullable(v.strictObject({ reason: v.picklist(turnEnds), message: v.nullable(v.string()) })),
  usage: v.pipe(TotalUsage, v.description('Of all turns that have ended')),
  watchers: v.pipe(
    wholeNumber,
    v.description('How many connections and event streams follow it at the engine that answers, right now'),
  ),
  queuePosition: v.pipe(
    v.nullable(wholeNumber),
    v.description('While it waits for a sandbox: 1 for the next one. Known to the engine that has the session'),
  ),
  lastEvent: v.nullable(
    v.strictObject({
      epoch: wholeNumber,
      sequence: wholeNumber,
      eventType: v.nullable(v.string()),
      createdAt: timestamp,
    }),
  ),
  now: v.exactOptional(
    v.pipe(SessionNow, v.description('Where one session is read: how it stands, as the frame `session_state` has it')),
  ),
  waitingFor: v.pipe(v.array(WaitingFor), v.description('What people are asked, where its state is `waiting`')),
});
export type ReportedSession = v.InferOutput<typeof ReportedSession>;

export const exampleReport: ReportedSession = {
  sessionId,
  userId,
  chatId,
  task,
  title: task,
  repoUrl: 'https://github.com/ada/hello',
  branch: 'main',
  state: 'idle',
  isAlive: true,
  isActive: false,
  createdAt,
  updatedAt,
  lastTurn: { reason: 'finished', message: 'The program is written and prints its greeting.' },
  usage: {
    turns: 1,
    inputTokens: 8_204,
    outputTokens: 611,
    cachedTokens: 5_120,
    cacheWriteTokens: 0,
    steps: 4,
    durationMs: 71_890,
    costUsd: 0.0214,
  },
  watchers: 2,
  queuePosition: null,
  lastEvent: { epoch: 1, sequence: 12, eventType: 'Status', createdAt: updatedAt },
  waitingFor: [],
};

export const readSession = {
  method: 'get',
  path: '/api/v1/sessions/{id}',
  tag: 'Sessions',
  summary: 'Read how a session stands, and what its turns have used',
  isOpen: false,
  parameters: SessionPath,
  answer: declareAnswer(ReportedSession, { ...exampleReport, now: exampleNow }),
  errors: lookupErrors,
} as const satisfies RouteDeclaration;

export const readResources = {
  method: 'get',
  path: '/api/v1/sessions/{id}/resources',
  tag: 'Sessions',
  summary: "Read what a session's sandbox uses now; a session at rest is left there",
  isOpen: false,
  parameters: SessionPath,
  answer: declareAnswer(Resources, {
    sandbox: 'docker',
    sample: {
      at: updatedAt,
      cpuMs: 48_210,
      cpus: 2,
      memoryBytes: 412_090_368,
      memoryBytesMax: 2_147_483_648,
      diskBytes: 96_468_992,
      diskBytesMax: 1_073_741_824,
      processes: 7,
    },
  }),
  errors: ['elsewhere', 'noAnswer', ...lookupErrors],
} as const satisfies RouteDeclaration;

/** Separated by commas. */
export const States = documented(
  v.optional(
    v.pipe(
      v.string(),
      v.transform((list) => list.split(',')),
      v.array(v.picklist(reportedStates, `must be some of ${reportedStates.join(', ')}`)),
    ),
  ),
  { type: 'string', pattern: `^(${reportedStates.join('|')})(,(${reportedStates.join('|')}))*$` },
);

const SessionsQuery = v.object({
  state: States,
  limit: wholeNumberText(1, 100, 50),
  before: v.optional(idText),
});

const ListedSession = v.strictObject({
  sessionId: v.string(),
  userId: v.string(),
  task: v.string(),
  isAlive: v.literal(true),
  createdAt: timestamp,
});

export const listSessions = {
  method: 'get',
  path: '/api/v1/sessions',
  tag: 'Sessions',
  summary: "List the caller's live sessions; with `state` page by page all that are in these states, newest first",
  isOpen: false,
  query: SessionsQuery,
  answer: declareAnswer(
    v.strictObject({
      sessions: v.pipe(
        v.array(v.union([ReportedSession, ListedSession])),
        v.description('With `state` as each is read by itself'),
      ),
      nextBefore: v.exactOptional(
        v.pipe(
          v.nullable(v.string()),
          v.description(
            'With `state`: what to ask for as `before` next, also where a page is short; null after the last',
          ),
        ),
      ),
    }),
    { sessions: [exampleReport], nextBefore: null },
  ),
  errors: databaseErrors,
} as const satisfies RouteDeclaration;

export const stopSession = {
  method: 'delete',
  path: '/api/v1/sessions/{id}',
  tag: 'Sessions',
  summary: 'Stop a session',
  isOpen: false,
  parameters: SessionPath,
  answer: declareAnswer(v.strictObject({ status: v.literal('stopped'), sessionId: v.string(), message: v.string() }), {
    status: 'stopped',
    sessionId,
    message: 'Session stopped and resources cleaned up.',
  }),
  errors: [...lookupErrors, ...hostErrors],
} as const satisfies RouteDeclaration;

const SendMessage = v.object({
  id: commandId,
  content: nonBlankText(limits.taskCharsMax),
  attachments: attachedPaths,
  ...choiceFields,
});

export const sendMessage = {
  method: 'post',
  path: '/api/v1/sessions/{id}/messages',
  tag: 'Sessions',
  summary: 'Send a message to a session',
  isOpen: false,
  isCommand: true,
  parameters: SessionPath,
  headers: IdempotencyKey,
  files: { bytesMax: limits.attachmentsBytesMax },
  body: declareBody(SendMessage, { content: 'Now add unit tests' }),
  answer: declareAnswer(
    v.strictObject({
      status: v.literal('accepted'),
      sessionId: v.string(),
      id: v.pipe(v.string(), v.description('The Idempotency-Key, the id in the body, or one that the engine made')),
      sequence: v.pipe(wholeNumber, v.description('Of the event that records the message')),
    }),
    { status: 'accepted', sessionId, id: '01a20798-2b1c-7d41-8a55-0f3f7c1d9e02', sequence: 14 },
  ),
  errors: [
    ...lookupErrors,
    'idReused',
    'badPath',
    'noSuchFile',
    'notAFile',
    'fileTooLarge',
    ...hostErrors,
    ...workspaceErrors,
  ],
} as const satisfies RouteDeclaration;

export const interruptSession = {
  method: 'post',
  path: '/api/v1/sessions/{id}/interrupt',
  tag: 'Sessions',
  summary: 'End the turn that goes on; the session stays',
  isOpen: false,
  isCommand: true,
  parameters: SessionPath,
  headers: IdempotencyKey,
  answer: declareAnswer(
    v.strictObject({
      status: v.literal('accepted'),
      sessionId: v.string(),
      id: v.pipe(v.string(), v.description('The Idempotency-Key, or one that the engine made')),
      sequence: v.pipe(wholeNumber, v.description('Of the event that records the interrupt')),
      wasWorking: v.pipe(
        v.boolean(),
        v.description('Whether there was a turn to end: `completed` then says `interrupted` as its reason'),
      ),
    }),
    { status: 'accepted', sessionId, id: '01a20798-2b1c-7d41-8a55-0f3f7c1d9e03', sequence: 15, wasWorking: true },
  ),
  errors: [...lookupErrors, 'idReused', ...hostErrors],
} as const satisfies RouteDeclaration;
