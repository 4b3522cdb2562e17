// What went wrong with an identity provider: for the person who signs in, and for the operator.
import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { type Failure, failed } from '../../schema/error.ts';

/** `reason` is for the log: it names nobody, and holds no secret. */
export type ProviderTrouble = { refusal: { ok: false; failure: Failure }; reason: string };

/** Codes of the package by which no answer came. */
const absences = ['OAUTH_TIMEOUT', 'OAUTH_ABORT'];

export async function readProviderError(error: unknown): Promise<ProviderTrouble> {
  if (error instanceof AuthorizationResponseError)
    return { refusal: makeRefusedFailure(error.error), reason: `it refused: ${codeOf(error.error)}` };
  if (error instanceof ResponseBodyError) {
    const reason = `it refused the code: ${codeOf(error.error)} (${placeOf(error.response)})`;
    return { refusal: error.error === 'invalid_grant' ? codeNotTaken : engineNotTaken, reason };
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const code = await findChallengeError(error);
    const said = code === undefined ? 'without a code' : codeOf(code);
    return { refusal: engineNotTaken, reason: `it refused this engine: ${said} (${placeOf(error.response)})` };
  }
  if (!(error instanceof ClientError) || absences.includes(error.code ?? ''))
    return { refusal: away, reason: describe(error) };
  if (error.cause instanceof Response) {
    const refusal = error.cause.status >= 500 ? away : otherwise;
    return { refusal, reason: `${error.message} (${placeOf(error.cause)})` };
  }
  return { refusal: unverified, reason: `${error.message} (${error.code})${explain(error)}` };
}

const placeOf = ({ status, url }: Response): string => `${status} at ${url.split('?', 1)[0]}`;

/** In the header, or where that says nothing in the body, as RFC 6749 §5.2 has it. */
async function findChallengeError({ cause, response }: WWWAuthenticateChallengeError): Promise<string | undefined> {
  const said = cause.map(({ parameters }) => parameters.error).find((each) => each !== undefined);
  if (said !== undefined || response.bodyUsed) return said;
  const body: unknown = await response.json().catch(() => undefined); // What is no JSON says nothing either.
  const { error } = Object(body) as { error?: unknown };
  return typeof error === 'string' ? error : undefined;
}

/** What the package knows of a value that isn't the expected one. */
type Expectation = {
  attribute?: string;
  expected?: unknown;
  body?: object;
  claim?: string;
  claims?: object;
  now?: number;
};

/** What was expected, and what came. Only an issuer is named and a time told: other claims are a person's. */
function explain({ cause }: ClientError): string {
  const known = Object(cause) as { cause?: unknown };
  const { attribute, expected, body, claim = '', claims, now } = Object(known.cause ?? known) as Expectation;
  if (attribute === 'issuer') return `: OIDC_ISSUER is ${expected}, and it calls itself ${readText(body, attribute)}`;
  const at = Number((claims as Record<string, unknown> | undefined)?.[claim]);
  if (now === undefined || Number.isNaN(at)) return '';
  return `: ${claim} is ${Math.abs(at - now)} s ${at < now ? 'behind' : 'ahead of'} this machine's clock`;
}

const readText = (body: object | undefined, attribute: string): string =>
  String((body as Record<string, unknown> | undefined)?.[attribute]).slice(0, 200);

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message } = Object(error.cause) as { code?: unknown; message?: unknown };
  const cause = [code, message].find((said) => typeof said === 'string' && said !== '');
  return cause === undefined ? error.message : `${error.message}: ${cause}`;
}

/** The provider's words may be anybody's, since they come by way of the browser. */
const codeOf = (said: string): string => (/^[\w.-]{1,60}$/.test(said) ? said : 'in words that are no code');

const makeRefusedFailure = (said: string) =>
  failed('notAllowed', `The sign-in provider did not let you in (${codeOf(said)}).`);
const codeNotTaken = failed(
  'notAuthenticated',
  'This sign-in has been finished before, or took too long; begin again.',
);
const engineNotTaken = failed(
  'signInUnavailable',
  'The sign-in provider does not accept this engine; its operator finds the reason in the log.',
);
export const unverified = failed(
  'notAuthenticated',
  'What came back from the sign-in provider could not be verified; begin again.',
);
/** Something answered, which is no provider, or another one. */
export const otherwise = failed(
  'signInUnavailable',
  'What answers in place of the sign-in provider is not what this engine expects; its operator finds the reason in the log.',
);
export const away = failed(
  'signInUnavailable',
  'The sign-in provider does not answer, or says that it fails; try again.',
  {
    retryAfterMs: 2_000,
  },
);
