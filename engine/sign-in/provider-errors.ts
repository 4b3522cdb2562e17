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

/** Codes of the package by which no answer came, or none that a provider gives. */
const absences = ['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'];

export function readProviderError(error: unknown): ProviderTrouble {
  if (error instanceof AuthorizationResponseError)
    return { refusal: makeRefusedFailure(error.error), reason: `it refused: ${codeOf(error.error)}` };
  if (error instanceof ResponseBodyError) {
    const reason = `it refused the code: ${codeOf(error.error)} (${error.status})`;
    return { refusal: error.error === 'invalid_grant' ? codeNotTaken : engineNotTaken, reason };
  }
  if (error instanceof WWWAuthenticateChallengeError)
    return { refusal: engineNotTaken, reason: `it refused to say more (${error.status})` };
  if (error instanceof ClientError && !absences.includes(error.code ?? ''))
    return { refusal: unverified, reason: `${error.message} (${error.code})` };
  return { refusal: away, reason: describe(error) };
}

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
export const away = failed('signInUnavailable', 'The sign-in provider does not answer; try again.', {
  retryAfterMs: 2_000,
});
