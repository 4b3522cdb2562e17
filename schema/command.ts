// What clients send: the body of `POST /sessions`, the first message of a WebSocket, and the frames after it.
import * as v from 'valibot';
import { limits } from './limits.ts';
import { documented } from './protocol/documented.ts';
import { featuresIn, plain, unknownFeatureIn } from './protocol.ts';
import { cleanText } from './rules/text.ts';
import { type Provider, providers, type SessionSecrets, type SessionSettings } from './session.ts';

/** What can be said in the API's document stands before the transformation: nothing behind one is in it. */
const text = (charsMax: number) => v.pipe(v.string(), v.maxLength(charsMax), v.transform(cleanText));

/** Text that says something: an empty or blank one is refused. */
const said = v.pipe(
  v.string(),
  v.maxLength(limits.taskCharsMax),
  v.regex(/\S/, 'must not be empty'),
  v.transform(cleanText),
);

export const idText = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.idCharsMax), v.transform(cleanText));
/** Keys and tokens are pasted, often with a line break behind them; no key has one of its own. */
const secret = v.pipe(v.string(), v.maxLength(limits.secretCharsMax), v.trim());

/** An optional text of the reference, whose clients send it empty or null where they have none: both mean absent. */
const maybe = <Schema extends v.GenericSchema<string, string>>(schema: Schema) =>
  v.pipe(
    v.nullish(schema),
    v.transform((given): string | undefined => given || undefined),
  );

/** Read whatever it says: which are known is answered with `badProvider`. */
const provider = documented(maybe(v.string()), { type: 'string', nullable: true, enum: [...providers, '', null] });
/** What a repository may be besides is answered with `badRepoUrl`. */
const repoUrl = documented(maybe(text(limits.urlCharsMax)), {
  type: 'string',
  nullable: true,
  maxLength: limits.urlCharsMax,
  pattern: '^(https?://[^\\s?#]+)?$',
});

const commandId = maybe(text(limits.idCharsMax));

/** Fields of a new session. Both spellings are read wherever the reference uses both. */
const sessionFields = {
  id: commandId,
  repoUrl,
  branch: maybe(text(limits.idCharsMax)),
  gitToken: maybe(secret),
  gitUserName: maybe(text(limits.idCharsMax)),
  gitUserEmail: maybe(text(limits.idCharsMax)),
  projectId: maybe(text(limits.idCharsMax)),
  modelProvider: provider,
  model_provider: provider,
  apiKey: maybe(secret),
  api_key: maybe(secret),
};

/** The body of `POST /api/v1/sessions`. */
export const CreateSession = v.object({ ...sessionFields, task: said, autoStart: v.nullish(v.boolean(), false) });

/** The body of `POST /api/v1/sessions/{id}/messages`. */
export const SendMessage = v.object({ id: commandId, content: said });

/** The header of the same name; with it a request is done once, however often it is sent. */
export const IdempotencyKey = v.object({
  'Idempotency-Key': v.optional(
    v.pipe(
      v.string(),
      v.maxLength(limits.idCharsMax),
      v.regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without a space'),
    ),
  ),
});

/** No event has a higher one, so a client that claims more has a position that can't be trusted all the same. */
const bounded = v.transform((given: number) => Math.min(given, limits.sequenceMax));
const sequence = v.pipe(v.number(), v.integer(), v.minValue(0), bounded);

/** The first message of a WebSocket: a new session, or a session to attach to. */
export const FirstMessage = v.object({
  ...sessionFields,
  task: maybe(text(limits.taskCharsMax)),
  /** The JWT when it verifies as one of ours, otherwise the git token. */
  token: maybe(secret),
  session_id: maybe(text(limits.idCharsMax)),
  epoch: v.nullish(sequence),
  last_sequence: v.nullish(sequence),
  /** Whether a session that was asked for the same a moment ago is left alone. */
  new: v.nullish(v.boolean(), false),
});
export type FirstMessage = v.InferOutput<typeof FirstMessage>;

/** Query parameters of the WebSocket's URL: the same fields, as text. */
const numberInText = v.optional(
  v.pipe(v.string(), v.regex(/^\d{1,15}$/, 'must be a number'), v.transform(Number), bounded),
);
/** Which of our additions a client wants, separated by commas. */
const features = v.pipe(
  v.optional(v.string(), ''),
  v.check(
    (list) => unknownFeatureIn(list) === undefined,
    ({ input }) => unknownFeatureIn(input) ?? '',
  ),
  v.transform(featuresIn),
);
export const AttachQuery = v.object({
  session_id: v.optional(idText),
  epoch: numberInText,
  last_sequence: numberInText,
  features,
});
export type AttachQuery = v.InferOutput<typeof AttachQuery>;
export const noAttachQuery: AttachQuery = { features: plain };

/** Frames after the first. Those of unknown `type` get an error frame and nothing else happens. */
export const ClientFrame = v.variant('type', [
  v.object({ type: v.literal('message'), id: commandId, content: said }),
  v.object({ type: v.literal('interrupt'), id: commandId }),
  v.object({ type: v.literal('stop'), id: commandId }),
  v.object({ type: v.literal('ping') }),
]);
export type ClientFrame = v.InferOutput<typeof ClientFrame>;
export const clientFrameTypes: readonly string[] = ['message', 'interrupt', 'stop', 'ping'];

/** A follow-up of the reference may say no type, and its page calls it an action. */
export function typeOfFrame({ type, content }: { type?: unknown; content?: unknown }): unknown {
  if (content === undefined) return type;
  return type === 'action' ? 'message' : type || 'message';
}

export const RenameChat = v.object({
  title: v.pipe(
    v.string(),
    v.maxLength(limits.titleCharsMax),
    v.regex(/\S/, 'must not be empty'),
    v.transform(cleanText),
  ),
});

/** The provider of either spelling; `undefined` for one we don't know. */
export function providerOf(fields: ProviderFields, fallback: Provider): Provider | undefined {
  const asked = fields.modelProvider ?? fields.model_provider;
  if (asked === undefined || asked === null || asked === '') return fallback;
  return providers.find((provider) => provider === asked);
}

type ProviderFields = { modelProvider?: string | null | undefined; model_provider?: string | null | undefined };

type SessionFields = Omit<v.InferOutput<typeof CreateSession>, 'autoStart' | 'task'>;

export const settingsOf = (fields: SessionFields, task: string, provider: Provider): SessionSettings => ({
  task,
  provider,
  projectId: fields.projectId || null,
  repoUrl: fields.repoUrl || null,
  branch: fields.branch || null,
  gitUserName: fields.gitUserName || null,
  gitUserEmail: fields.gitUserEmail || null,
  hasOwnKey: secretsOf(fields).apiKey !== null,
  hasGitToken: secretsOf(fields).gitToken !== null,
});

export const secretsOf = (fields: SessionFields): SessionSecrets => ({
  apiKey: fields.apiKey || fields.api_key || null,
  gitToken: fields.gitToken || null,
});
