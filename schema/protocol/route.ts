// The declaration of a REST route, and what follows from it: its handler's types, and every error that it may answer.
import * as v from 'valibot';
import type { ErrorCode, Failure } from '../error.ts';

export type Fields = v.ObjectSchema<v.ObjectEntries, undefined>;

/** `admin`: admins alone; `viewer`: who has a share of the session, beside users. */
export type Access = 'admin' | 'viewer';

type Method = 'get' | 'post' | 'patch' | 'delete';

/** A request's body, with an example. */
type DeclaredBody = {
  schema: Fields;
  example: object;
  /** Present where a form of a page sends it, in place of JSON. */
  isForm?: true;
  /** Refuses, before the schema is checked, input that has an error of its own. */
  refuse?(json: unknown): Failure | undefined;
};

/** Bytes as a request's body. */
type DeclaredUpload = {
  bytesMax: number;
  example: string;
};

/** A file of a body of multipart/form-data. */
export type UploadedFile = { name: string; type: string; bytes: Uint8Array };

/** What a client gives for an upload. */
export type UploadContent = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;

/** The answer with status 200; every other answer is a problem (RFC 9457) with one of the route's errors. */
type DeclaredAnswer = {
  schema: v.GenericSchema;
  example: unknown;
  /** JSON where it is absent. */
  contentType?: string;
  /** Where the answer is a file in one of several forms: what each holds, by its content type. */
  downloads?: Record<string, { schema: v.GenericSchema; example: unknown }>;
  /** Whether cookies come with it. */
  setsCookies?: true;
  /** Where a browser is sent in place of an answer, in words; it gets errors as a page. */
  redirects?: string;
};

/** A file that is made while it is sent. */
export type Download = { contentType: string; fileName: string; chunks: AsyncIterable<string | Uint8Array> };

/** An answer with cookies, each as `Set-Cookie` has it. */
export type WithCookies<Body> = { body: Body; cookies: readonly string[] };

/** Where a browser goes on, with cookies that it keeps. */
export type Redirect = { location: string; cookies: readonly string[] };

/** What a client gets in place of the answer that names this type in Accept. */
type DeclaredStream = {
  contentType: string;
  summary: string;
  example: string;
  /** When there is nothing to send any more, which is answered 204. */
  ending: string;
};

export type RouteDeclaration = {
  method: Method;
  /** The path; `{name}` is a part that `parameters` has a field for. */
  path: `/${string}`;
  tag: Tag;
  summary: string;
  /** Whether anybody may ask; otherwise the caller is authenticated. */
  isOpen: boolean;
  /** Who may ask in place of users, or beside them; users only where it is absent. */
  access?: Access;
  /** Whether it is for pages of the engine itself: its handler sees their cookies, and what changes something is theirs alone. */
  isForOwnPages?: true;
  /** Whether it is for pages of the origins, too, that the operator names. */
  isForNamedOrigins?: true;
  /** Whether the request counts against COMMANDS_PER_SECOND. */
  isCommand?: boolean;
  parameters?: Fields;
  query?: Fields;
  headers?: Fields;
  body?: DeclaredBody;
  /** Present where files may come with the body, as multipart/form-data; their bytes in all. */
  files?: { bytesMax: number };
  /** In place of a body in JSON. */
  upload?: DeclaredUpload;
  answer: DeclaredAnswer;
  stream?: DeclaredStream;
  /** Errors beside those that follow from the rest of the declaration; `errorsOf` has them all. */
  errors: readonly ErrorCode[];
};

export const tags = {
  Engine: 'How the engine is, what it measures, and its own documents',
  Sessions: 'Agents at work',
  Chats: 'What was said in sessions, kept',
  Shares: 'Who may watch a session without an account',
  Files: 'The workspace of a live session',
  'Signing in': 'People with a browser, at the console',
  Webhooks: "Where the caller's servers hear of sessions",
  Admin: "Everybody's sessions, users and costs, and the engine itself, for admins",
} as const;
type Tag = keyof typeof tags;

type None = Record<never, never>;
type OutputOf<Schema> = Schema extends v.GenericSchema ? v.InferOutput<Schema> : None;

/** A handler's input, checked. */
export type InputOf<Declaration> = {
  parameters: Declaration extends { parameters: infer Schema } ? OutputOf<Schema> : None;
  query: Declaration extends { query: infer Schema } ? OutputOf<Schema> : None;
  headers: Declaration extends { headers: infer Schema } ? OutputOf<Schema> : None;
  body: Declaration extends { body: { schema: infer Schema } }
    ? OutputOf<Schema>
    : Declaration extends { upload: object }
      ? Uint8Array
      : undefined;
} & (Declaration extends { files: object } ? { files: readonly UploadedFile[] } : unknown);

type MaybeAbsent<Of> = { [Field in keyof Of]?: Of[Field] | undefined };

/** A client's input to a request, before the numbers of its query are written as text. */
export type RequestOf<Declaration> = {
  query: Declaration extends { query: infer Schema } ? MaybeAbsent<OutputOf<Schema>> : undefined;
  body: Declaration extends { body: { schema: infer Schema extends v.GenericSchema } }
    ? v.InferInput<Schema>
    : Declaration extends { upload: object }
      ? UploadContent
      : undefined;
};

/** A handler's answer with status 200. */
export type AnswerOf<Declaration> = Declaration extends { answer: { schema: infer Schema extends v.GenericSchema } }
  ? v.InferInput<Schema>
  : never;

/** What a handler answers: the same, with cookies where the route sets any. */
export type HandledOf<Declaration> = Declaration extends { answer: { setsCookies: true } }
  ? WithCookies<AnswerOf<Declaration>>
  : AnswerOf<Declaration>;

/** What a client receives: of downloads, what each form holds. */
export type ReceivedOf<Declaration> = Declaration extends { answer: { downloads: infer Forms } }
  ? {
      [Form in keyof Forms]: Forms[Form] extends { schema: infer Schema extends v.GenericSchema }
        ? v.InferInput<Schema>
        : never;
    }[keyof Forms]
  : AnswerOf<Declaration>;

/** A body with an example that fits. */
export const declareBody = <Schema extends Fields>(schema: Schema, example: v.InferInput<Schema>) => ({
  schema,
  example,
});

/** The fields of a page's form, with an example that fits. */
export const declareForm = <Schema extends Fields>(schema: Schema, example: v.InferInput<Schema>) =>
  ({ schema, example, isForm: true }) as const;

/** An answer in JSON with an example that fits. */
export const declareAnswer = <Schema extends v.GenericSchema>(schema: Schema, example: v.InferInput<Schema>) => ({
  schema,
  example,
});

/** A file, in the form that the request asks for. */
export const declareDownload = <Forms extends NonNullable<DeclaredAnswer['downloads']>>(downloads: Forms) => ({
  schema: v.custom<Download>((value) => typeof value === 'object' && value !== null && 'chunks' in value),
  example: undefined,
  downloads,
});

/** An answer in JSON, with cookies. */
export const declareAnswerWithCookies = <Schema extends v.GenericSchema>(
  schema: Schema,
  example: v.InferInput<Schema>,
) => ({ schema, example, setsCookies: true }) as const;

/** @param redirects where a browser is sent, in words */
export const declareRedirect = (redirects: string, example: Redirect) => ({
  schema: v.custom<Redirect>((value) => typeof value === 'object' && value !== null && 'location' in value),
  example,
  redirects,
});

/** By 303 a browser that has sent a form goes on by GET, without it (RFC 9110 §15.4.4). */
export const redirectStatusOf = ({ method }: Pick<RouteDeclaration, 'method'>): 302 | 303 =>
  method === 'post' ? 303 : 302;

/** The methods by which a path is asked; a redirect has no HEAD, since what it begins is to begin once. */
export const methodNamesOf = ({ method, answer }: Pick<RouteDeclaration, 'method' | 'answer'>): readonly string[] =>
  method === 'get' && answer.redirects === undefined ? ['GET', 'HEAD'] : [method.toUpperCase()];

/** Every error that a route may answer, in the order of the catalogue's groups: the shared ones first. */
export function errorsOf(route: RouteDeclaration): readonly ErrorCode[] {
  const { method, isOpen, access, isCommand = false, query, headers, body, files, upload, stream, errors } = route;
  const shared: ErrorCode[] = [
    'badRequest',
    ...(isOpen ? [] : (['notAuthenticated'] as const)),
    ...(isOpen || access === 'viewer' ? [] : (['notAllowed'] as const)),
    ...(method === 'get' && !stream ? [] : (['foreignOrigin'] as const)),
    'unknownHost',
    ...(body ? (['bodyTooLarge'] as const) : []),
    ...(upload || files ? (['bodyTooLarge', 'requestTimeout', 'overloaded'] as const) : []),
    ...(query || headers || body ? (['invalid'] as const) : []),
    ...(isCommand ? (['tooManyCommands'] as const) : []),
    'headersTooLarge',
    'internal',
  ];
  return [...new Set([...shared, ...errors])];
}
