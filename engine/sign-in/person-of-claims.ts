// Whom an identity provider names, and whether the operator lets that person in.
import { createHash } from 'node:crypto';
import { type Failure, failed } from '../../schema/error.ts';
import { limits } from '../../schema/limits.ts';
import { cleanText, cutText } from '../../schema/rules/text.ts';
import type { Person } from './sign-in.ts';

/** What a provider says of a person, in the ID token and at its userinfo endpoint. */
export type Claims = { iss: string; sub: string; [claim: string]: unknown };

/** Whom the operator lets in; empty lists let in everybody. */
export type AdmissionRules = {
  domains: readonly string[];
  groups: readonly string[];
  adminGroup: string | undefined;
  groupsClaim: string;
};

/** A refusal says to the person as whom they came, and to the operator no more than is needed to find them. */
export type Admission =
  | { ok: true; value: Person }
  | { ok: false; failure: Failure; noted: { reason: Refusal; subject: string; domain?: string } };

export function personOf(claims: Claims, rules: AdmissionRules): Admission {
  const { domains, adminGroup } = rules;
  if (domains.length > 0) {
    const domain = verifiedDomainOf(claims);
    if (domain === undefined) return refuse(claims, 'noVerifiedEmail');
    if (!domains.includes(domain)) return refuse(claims, 'otherDomain');
  }
  const groups = groupsOf(claims[rules.groupsClaim]);
  if (rules.groups.length > 0 && !rules.groups.some((group) => groups.includes(group)))
    return refuse(claims, 'otherGroup');
  const isAdmin = adminGroup !== undefined && groups.includes(adminGroup);
  return { ok: true, value: { userId: userIdOf(claims), name: nameOf(claims), isAdmin, way: 'oidc' } };
}

/** The subject is a person's for ever at one issuer; its digest with the issuer's name fits wherever an id does. */
export function userIdOf({ iss, sub }: Pick<Claims, 'iss' | 'sub'>): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([iss, sub]))
    .digest('base64url');
  return `oidc_${digest}`;
}

/** One address, of which nothing else can be read: no second `@`, nor what separates addresses or can't be seen. */
const plainAddress = /^[^@\s\p{C},;<>"]+@([^@\s\p{C},;<>"]+)$/u;

/** Some providers write the boolean as text. */
function verifiedDomainOf(claims: Claims): string | undefined {
  const { email_verified: isVerified } = claims;
  return isVerified === true || isVerified === 'true' ? domainOf(claims) : undefined;
}

function domainOf({ email }: Claims): string | undefined {
  const domain = typeof email === 'string' ? plainAddress.exec(email)?.[1] : undefined;
  return domain && cutText(domain, limits.idCharsMax).toLowerCase();
}

const groupsOf = (claim: unknown): string[] =>
  (Array.isArray(claim) ? claim : [claim]).filter((group) => typeof group === 'string');

const nameOf = ({ name, preferred_username: username, email, sub }: Claims): string =>
  nameIn([name, username, email, sub]) ?? sub;

/** The first of them that is text, as it is shown. */
export function nameIn(claims: readonly unknown[]): string | undefined {
  const names = claims.filter((claim) => typeof claim === 'string').map(inOneLine);
  const given = names.find((name) => name !== '');
  return given === undefined ? undefined : cutText(given, limits.titleCharsMax).trim();
}

/** Without characters that break lines, or turn the order in which the rest is read. */
const inOneLine = (text: string): string =>
  cleanText(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/\p{Bidi_Control}/gu, '')
    .trim();

const refusals = {
  noVerifiedEmail: 'Your provider names no verified e-mail address of yours, which is needed.',
  otherDomain: 'Your e-mail address is of no domain that may sign in here.',
  otherGroup: 'You are in no group that may sign in here.',
};
type Refusal = keyof typeof refusals;

function refuse(claims: Claims, reason: Refusal): Extract<Admission, { ok: false }> {
  const who = nameIn([claims.email, claims.preferred_username, claims.name, claims.sub]);
  const detail = `${refusals[reason]} You came as ${who}; begin again to sign in as somebody else.`;
  const domain = domainOf(claims);
  const noted = { reason, subject: cutText(cleanText(claims.sub), limits.idCharsMax), ...(domain && { domain }) };
  return { ...failed('notAllowed', detail), noted };
}
