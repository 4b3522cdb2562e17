// Every call over REST by the name that programs use: one line each, typed by its route.
import type { MessageOptions } from '../protocol.ts';
import type { Decision } from '../session/said.ts';
import type { Call } from './call.ts';
import type { AnswerOf, BodyOf, CallOptions, QueryOf } from './call-types.ts';

type EventsPage = Pick<NonNullable<QueryOf<'readEvents'>>, 'after' | 'limit'>;
type FilePart = Omit<NonNullable<QueryOf<'readFile'>>, 'session_id' | 'path'>;

/** Markdown is text. */
type Exported<Format> = Format extends 'json' ? Exclude<AnswerOf<'exportChat'>, string> : string;

const makeChats = (call: Call) => ({
  list: (query?: QueryOf<'listChats'>, options?: CallOptions) => call('listChats', { query }, options),
  read: (id: string, query?: QueryOf<'readChat'>, options?: CallOptions) =>
    call('readChat', { parameters: { id }, query }, options),
  messages: (id: string, query?: QueryOf<'readMessages'>, options?: CallOptions) =>
    call('readMessages', { parameters: { id }, query }, options),
  rename: (id: string, title: string, options?: CallOptions) =>
    call('renameChat', { parameters: { id }, body: { title } }, options),
  export: <Format extends 'json' | 'markdown' = 'json'>(id: string, format?: Format, options?: CallOptions) =>
    call('exportChat', { parameters: { id }, query: { format } }, options) as Promise<Exported<Format>>,
  fork: (id: string, body: BodyOf<'forkChat'> = {}, options?: CallOptions) =>
    call('forkChat', { parameters: { id }, body }, options),
  remove: (id: string, options?: CallOptions) => call('deleteChat', { parameters: { id } }, options),
});

const makeFiles = (call: Call) => ({
  list: (sessionId: string, options?: CallOptions) => call('listFiles', { query: { session_id: sessionId } }, options),
  read: (sessionId: string, path: string, part?: FilePart, options?: CallOptions) =>
    call('readFile', { query: { session_id: sessionId, path, ...part } }, options),
  write: (body: BodyOf<'writeFile'>, options?: CallOptions) => call('writeFile', { body }, options),
  /** Bytes of any kind, as of a file input. */
  upload: (sessionId: string, path: string, content: BodyOf<'uploadFile'>, options?: CallOptions) =>
    call('uploadFile', { query: { session_id: sessionId, path }, body: content }, options),
  /** The answer as it comes, whose body is the archive: it can be saved while it is read. */
  archive: (sessionId: string, of?: 'workspace' | 'changes', options?: CallOptions) =>
    call(
      'readArchive',
      { parameters: { id: sessionId }, query: { of } },
      options,
    ) as Promise<unknown> as Promise<Response>,
  changes: (sessionId: string, options?: CallOptions) =>
    call('listChanges', { parameters: { id: sessionId } }, options),
  diff: (sessionId: string, path: string, options?: CallOptions) =>
    call('readDiff', { parameters: { id: sessionId }, query: { path } }, options),
});

export const makeMethods = (call: Call) => ({
  sessions: {
    /** The models, tools and limits that can be chosen. */
    models: (options?: CallOptions) => call('listModels', {}, options),
    create: (body: BodyOf<'createSession'>, options?: CallOptions) => call('createSession', { body }, options),
    list: (query?: QueryOf<'listSessions'>, options?: CallOptions) => call('listSessions', { query }, options),
    read: (id: string, options?: CallOptions) => call('readSession', { parameters: { id } }, options),
    resources: (id: string, options?: CallOptions) => call('readResources', { parameters: { id } }, options),
    /** @param choice files of the workspace, model, effort, tools and limits of its turn */
    send: (id: string, content: string, options?: CallOptions, choice?: MessageOptions) =>
      call('sendMessage', { parameters: { id }, body: { content, ...choice } }, options),
    answer: (id: string, toolCallId: string, content: string, options?: CallOptions) =>
      call('sendAnswer', { parameters: { id }, body: { toolCallId, content } }, options),
    decide: (id: string, decision: Decision, options?: CallOptions) =>
      call('sendDecision', { parameters: { id }, body: decision }, options),
    interrupt: (id: string, options?: CallOptions) => call('interruptSession', { parameters: { id } }, options),
    stop: (id: string, options?: CallOptions) => call('stopSession', { parameters: { id } }, options),
    events: (id: string, query?: EventsPage, options?: CallOptions) =>
      call('readEvents', { parameters: { id }, query }, options),
    share: (id: string, body: BodyOf<'createShare'> = {}, options?: CallOptions) =>
      call('createShare', { parameters: { id }, body }, options),
    listShares: (id: string, options?: CallOptions) => call('listShares', { parameters: { id } }, options),
    unshare: (id: string, shareId: string, options?: CallOptions) =>
      call('deleteShare', { parameters: { id, shareId } }, options),
    /** What a share shows, for a client whose token is that of a share. */
    shared: (options?: CallOptions) => call('readShare', {}, options),
  },
  chats: makeChats(call),
  files: makeFiles(call),
  webhooks: {
    create: (body: BodyOf<'createWebhook'>, options?: CallOptions) => call('createWebhook', { body }, options),
    list: (options?: CallOptions) => call('listWebhooks', {}, options),
    remove: (id: string, options?: CallOptions) => call('deleteWebhook', { parameters: { id } }, options),
    deliveries: (id: string, query?: QueryOf<'listDeliveries'>, options?: CallOptions) =>
      call('listDeliveries', { parameters: { id }, query }, options),
    /** Without a delivery, all that failed. */
    redeliver: (id: string, deliveryId?: string, options?: CallOptions) =>
      call('redeliver', { parameters: { id }, body: { deliveryId } }, options),
  },
  /** For people who have signed in as admins. */
  admin: {
    sessions: (query?: QueryOf<'listAllSessions'>, options?: CallOptions) =>
      call('listAllSessions', { query }, options),
    stop: (id: string, options?: CallOptions) => call('stopAnySession', { parameters: { id } }, options),
    users: (query?: QueryOf<'listUsers'>, options?: CallOptions) => call('listUsers', { query }, options),
    signOut: (id: string, options?: CallOptions) => call('endSignIns', { parameters: { id } }, options),
    costs: (query?: QueryOf<'readCosts'>, options?: CallOptions) => call('readCosts', { query }, options),
    engine: (options?: CallOptions) => call('readEngine', {}, options),
    metrics: (options?: CallOptions) => call('sampleMetrics', {}, options),
    engines: (options?: CallOptions) => call('listEngines', {}, options),
    drainEngine: (id: string, withinSeconds?: number, options?: CallOptions) =>
      call('drainEngine', { parameters: { id }, body: { confirm: 'drain', withinSeconds } }, options),
    undrainEngine: (id: string, options?: CallOptions) => call('undrainEngine', { parameters: { id } }, options),
    drain: (withinSeconds?: number, options?: CallOptions) =>
      call('beginDrain', { body: { confirm: 'drain', withinSeconds } }, options),
    undrain: (options?: CallOptions) => call('cancelDrain', {}, options),
  },
  /** Of people with a browser, in pages of the engine's own. */
  signIn: {
    read: (options?: CallOptions) => call('readSignIn', {}, options),
    begin: (body: BodyOf<'signIn'>, options?: CallOptions) => call('signIn', { body }, options),
    end: (options?: CallOptions) => call('signOut', {}, options),
  },
});

export type Methods = ReturnType<typeof makeMethods>;
