// What engines of a cluster ask of each other's sessions. Engines trust each other with what a command says; its form is
// checked, so that no actor gets half of one. Fields that are unknown here are let through, since a later release may have them.
import * as v from 'valibot';
import { efforts } from './choice.ts';
import { Attachment } from './image.ts';
import { limits } from './limits.ts';
import { Id, PlacedSession } from './placed-session.ts';
import type { Command } from './thread.ts';
import { decisions } from './wait.ts';
import type { WorkspaceRequest } from './workspace-request.ts';

/** Characters of a key of a budget: a user's id, or two addresses. */
export const keyCharsMax = 1_000;

export const Whole = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Values are taken as they are once they have a form. */
const formed = <Value>(form: v.GenericSchema) => v.custom<Value>((value) => v.is(form, value));

const choiceForm = {
  model: v.optional(v.string()),
  effort: v.optional(v.picklist(efforts)),
  iterationsMax: v.optional(v.number()),
  timeoutMs: v.optional(v.number()),
  budgetUsd: v.optional(v.number()),
  tools: v.optional(v.array(v.string())),
};
const Attachments = v.optional(v.array(v.looseObject(Attachment.entries)));

const CommandForm = v.variant('type', [
  v.looseObject({ type: v.literal('interrupt'), id: Id }),
  v.looseObject({ type: v.literal('stop'), id: Id }),
  v.looseObject({
    type: v.literal('message'),
    id: Id,
    content: v.pipe(v.string(), v.maxLength(limits.taskCharsMax)),
    choice: v.optional(v.looseObject(choiceForm)),
    attachments: Attachments,
  }),
  v.looseObject({ type: v.literal('answer'), id: Id, toolCallId: v.string(), content: v.string() }),
  v.looseObject({
    type: v.literal('decide'),
    id: Id,
    toolCallId: v.string(),
    decision: v.picklist(decisions),
    message: v.optional(v.string()),
    input: v.optional(v.record(v.string(), v.unknown())),
  }),
]);

/** In a field of what is asked bytes stand in base64. */
export const bytesName = '$bytes';
const Bytes = v.union([v.instance(Uint8Array), v.looseObject({ [bytesName]: v.string() })]);
const Part = v.looseObject({ offset: v.optional(Whole), length: v.optional(Whole) });

const WorkspaceForm = v.variant('ask', [
  v.looseObject({ ask: v.picklist(['listFiles', 'listChanges', 'listAll', 'makePatch']) }),
  v.looseObject({ ask: v.literal('readFile'), path: v.string(), part: Part }),
  v.looseObject({ ask: v.literal('readDiff'), path: v.string() }),
  v.looseObject({ ask: v.literal('readBytes'), path: v.string(), offset: Whole }),
  v.looseObject({ ask: v.literal('readPatch'), patch: v.looseObject({ id: v.string(), size: Whole }), offset: Whole }),
  v.looseObject({ ask: v.literal('writeFile'), path: v.string(), content: Bytes }),
]);

/** What an engine asks of the owner of a session, or of the one that is to be its owner. */
export const AskedSchema = v.variant('kind', [
  v.object({ kind: v.literal('create'), sessionId: Id, session: PlacedSession }),
  v.object({ kind: v.literal('command'), sessionId: Id, command: formed<Command>(CommandForm) }),
  v.object({
    kind: v.literal('workspace'),
    sessionId: Id,
    request: formed<WorkspaceRequest>(WorkspaceForm),
    mayWake: v.boolean(),
  }),
  v.object({ kind: v.literal('measure'), sessionId: Id }),
  v.object({ kind: v.literal('describe'), sessionId: Id }),
  /** Of any engine: whether clients of the session have left it there, or one is there. */
  v.object({ kind: v.literal('left'), sessionId: Id }),
  /** Of any engine: the sessions that a user has in memory there. */
  v.object({ kind: v.literal('list'), userId: v.pipe(v.string(), v.minLength(1), v.maxLength(keyCharsMax)) }),
]);
export type Asked = v.InferOutput<typeof AskedSchema>;
/** What is about one session. */
export type AskedOfSession = Exclude<Asked, { kind: 'list' }>;
