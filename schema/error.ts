// The catalogue of expected failures: the form of each over REST and WebSocket, and whether a client should try again.

/** When a client that asked the wrong engine may ask again: a balancer may choose another by then, or the owner be dead. */
const elsewhereRetryAfterMs = 1_000;

export type ErrorKind = {
  /** HTTP status. */
  status: number;
  title: string;
  /** WebSocket close code; absent where the connection stays open. */
  close?: number;
  retryable: boolean;
};

export const errors = {
  badRequest: { status: 400, title: 'Bad request', retryable: false },
  badProvider: { status: 400, title: 'Unknown model provider', retryable: false },
  badKey: { status: 400, title: 'Unusable API key', retryable: false },
  badPath: { status: 400, title: 'Path outside the workspace', retryable: false },
  badRepoUrl: { status: 400, title: 'Unusable repository URL', retryable: false },
  badBranch: { status: 400, title: 'Unusable branch name', retryable: false },
  badMcpServer: { status: 422, title: 'Unusable MCP server', retryable: false },
  badWebhookUrl: { status: 400, title: 'Unusable webhook URL', retryable: false },
  missingTitle: { status: 400, title: 'Missing title', retryable: false },
  badFirstMessage: { status: 422, title: 'Bad first message', close: 4001, retryable: false },
  badFrame: { status: 400, title: 'Bad frame', close: 4002, retryable: false },
  unknownType: { status: 400, title: 'Unknown message type', retryable: false },
  unknownField: { status: 422, title: 'Unknown field', retryable: false },
  badMessage: { status: 422, title: 'Bad message', retryable: false },
  invalid: { status: 422, title: 'Invalid request', retryable: false },
  notAuthenticated: { status: 401, title: 'Not authenticated', close: 4010, retryable: false },
  foreignOrigin: { status: 403, title: 'Foreign origin', close: 4003, retryable: false },
  notYours: { status: 403, title: 'Not yours', close: 4003, retryable: false },
  notAllowed: { status: 403, title: 'Not allowed', retryable: false },
  unknownUser: { status: 403, title: 'Unknown user', close: 4003, retryable: false },
  noSuchSession: { status: 404, title: 'No such session', close: 4004, retryable: false },
  noSuchChat: { status: 404, title: 'No such chat', retryable: false },
  noSuchFile: { status: 404, title: 'No such file', retryable: false },
  noSuchWebhook: { status: 404, title: 'No such webhook', retryable: false },
  noSuchDelivery: { status: 404, title: 'No such delivery', retryable: false },
  noSuchShare: { status: 404, title: 'No such share', retryable: false },
  noSuchEngine: { status: 404, title: 'No such engine', retryable: false },
  noSuchRoute: { status: 404, title: 'No such route', retryable: false },
  unknownHost: { status: 421, title: 'Misdirected request', close: 4021, retryable: false },
  upgradeRequired: { status: 426, title: 'Upgrade required', retryable: false },
  wrongMethod: { status: 405, title: 'Method not allowed', retryable: false },
  keyIsGone: { status: 409, title: 'API key is gone', retryable: false },
  alreadyDecided: { status: 409, title: 'Already decided', retryable: false },
  noSuchCall: { status: 404, title: 'No such call', retryable: false },
  wrongKey: { status: 401, title: 'API key refused', retryable: false },
  idReused: { status: 422, title: 'Id used for another request', retryable: false },
  tooManyWebhooks: { status: 409, title: 'Too many webhooks', retryable: false },
  tooManyShares: { status: 409, title: 'Too many shares', retryable: false },
  sessionRests: { status: 409, title: 'Session rests', retryable: false },
  sessionEnded: { status: 409, title: 'Session has ended', retryable: false },
  nothingToFork: { status: 409, title: 'Nothing to fork', retryable: false },
  noBase: { status: 409, title: 'Nothing to compare with', retryable: false },
  notAFile: { status: 422, title: 'Not a regular file', retryable: false },
  bodyTooLarge: { status: 413, title: 'Body too large', retryable: false },
  fileTooLarge: { status: 413, title: 'File too large', retryable: false },
  chatTooLong: { status: 413, title: 'Chat too long', retryable: false },
  headersTooLarge: { status: 431, title: 'Headers too large', retryable: false },
  requestTimeout: { status: 408, title: 'Request took too long', retryable: true },
  noFirstMessage: { status: 408, title: 'No first message', close: 4009, retryable: true },
  tooSlow: { status: 503, title: 'Client reads too slowly', close: 4008, retryable: true },
  tooManySessions: { status: 429, title: 'Too many sessions', close: 4029, retryable: true },
  tooManyCommands: { status: 429, title: 'Too many commands', retryable: true },
  tooManyTries: { status: 429, title: 'Too many tries', retryable: true },
  overloaded: { status: 503, title: 'Overloaded', close: 4029, retryable: true },
  storageUnavailable: { status: 503, title: 'Storage unavailable', close: 4029, retryable: true },
  draining: { status: 503, title: 'Engine going away', close: 1001, retryable: true },
  notReady: { status: 503, title: 'Not ready', retryable: true },
  signInUnavailable: { status: 503, title: 'Sign-in unavailable', retryable: true },
  noAnswer: { status: 503, title: 'No answer in time', retryable: true },
  repositoryDenied: { status: 403, title: 'Repository denied', retryable: false },
  repositoryNotFound: { status: 404, title: 'Repository not found', retryable: false },
  noSuchBranch: { status: 404, title: 'No such branch', retryable: false },
  notARepository: { status: 422, title: 'Not a git repository', retryable: false },
  repositoryTooLarge: { status: 413, title: 'Repository too large', retryable: false },
  repositoryTooSlow: { status: 503, title: 'Repository took too long', retryable: true },
  repositoryUnreachable: { status: 503, title: 'Repository unreachable', retryable: true },
  repositoryFailed: { status: 500, title: 'Repository failed', retryable: true },
  sandboxUnavailable: { status: 501, title: 'No sandbox to be had', retryable: false },
  noEncryptionKey: { status: 501, title: 'Secrets cannot be kept', retryable: false },
  sandboxFailed: { status: 500, title: 'Sandbox failed', retryable: true },
  elsewhere: { status: 503, title: 'Session is at another engine', close: 4029, retryable: true },
  noFittingEngine: { status: 503, title: 'No engine with these labels', close: 4029, retryable: true },
  sessionMoved: { status: 503, title: 'Session has moved', retryable: true },
  sessionCrashes: { status: 409, title: 'Session crashes', retryable: false },
  refusedByStorage: { status: 422, title: 'Refused by storage', retryable: false },
  internal: { status: 500, title: 'Internal error', retryable: true },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errors;
export const errorCodes = Object.keys(errors) as ErrorCode[];

/** The close code of a failure; where it has none of its own, one with the same advice on coming back. */
export function closeCodeOf(code: ErrorCode): number {
  const kind: ErrorKind = errors[code];
  return kind.close ?? (kind.retryable ? errors.overloaded.close : errors.badFirstMessage.close);
}

/** An expected failure, as a client gets it; `detail` is a sentence for people. */
export type Failure = {
  code: ErrorCode;
  detail: string;
  /** The wrong parts of the input, and what is wrong with each. */
  errors?: { path: string; message: string }[];
  /** When to try again; answers of 503 and 429 carry it as `Retry-After`. */
  retryAfterMs?: number;
};

/** The value that was asked for, or the failure in its place. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export const succeeded = <T>(value: T): Outcome<T> => ({ ok: true, value });

export const failed = (code: ErrorCode, detail: string, more: Omit<Failure, 'code' | 'detail'> = {}) =>
  ({ ok: false, failure: { code, detail, ...more } }) as const;

/** A live engine on the same database owns the session; a client that connects again may reach that one. */
export const elsewhere = failed('elsewhere', 'The session is at another engine; connect again.', {
  retryAfterMs: elsewhereRetryAfterMs,
});

export const goingAway = failed('draining', 'The engine is going away; connect again.', { retryAfterMs: 1_000 });
export const sessionEnded = failed('sessionEnded', 'The session has ended.');
/** Only the session's own people bring its workspace back. */
export const sessionRests = failed(
  'sessionRests',
  'The session rests, and who watches it does not wake it: its files are there again once somebody works with it.',
);
export const idReused = failed('idReused', 'This id was used for another command; take a new one for each.');
