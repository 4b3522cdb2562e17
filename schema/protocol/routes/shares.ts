// The routes of shares: create, list, delete; and what a share shows, for who has one.
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { timestamp } from '../answer-fields.ts';
import { documented } from '../documented.ts';
import { exampleSession } from '../examples.ts';
import { declareAnswer, declareBody, type RouteDeclaration } from '../route.ts';
import { databaseErrors, lookupErrors } from './errors.ts';
import { exampleReport, ReportedSession, SessionPath } from './sessions.ts';

const { shareSecondsMin, shareSecondsDefault, shareSecondsMax } = limits;

const seconds = v.optional(
  v.pipe(v.number(), v.integer(), v.minValue(shareSecondsMin), v.maxValue(shareSecondsMax)),
  shareSecondsDefault,
);

const CreateShare = v.object({
  expiresInSeconds: documented(seconds, {
    type: 'integer',
    minimum: shareSecondsMin,
    maximum: shareSecondsMax,
    default: shareSecondsDefault,
  }),
  workspace: v.optional(
    v.pipe(v.boolean(), v.description('Whether files and changes of the workspace may be read, too')),
    false,
  ),
});

export const Share = v.strictObject({
  id: v.string(),
  createdAt: timestamp,
  expiresAt: timestamp,
  workspace: v.pipe(v.boolean(), v.description('Whether files and changes of the workspace may be read, too')),
  lastUsedAt: v.pipe(v.nullable(timestamp), v.description('To the minute; null where nobody has used it yet')),
});
export type Share = v.InferOutput<typeof Share>;

const exampleShare: Share = {
  id: '01a2079a-3e61-7c09-8f0b-6c1d2e7f9a54',
  createdAt: exampleSession.createdAt,
  expiresAt: '2026-02-24T10:30:00.000+00:00',
  workspace: false,
  lastUsedAt: null,
};

export const createShare = {
  method: 'post',
  path: '/api/v1/sessions/{id}/shares',
  tag: 'Shares',
  summary: 'Create a share; its token is shown here and never again',
  isOpen: false,
  isCommand: true,
  parameters: SessionPath,
  body: declareBody(CreateShare, { expiresInSeconds: 604_800, workspace: false }),
  answer: declareAnswer(
    v.strictObject({
      ...Share.entries,
      token: v.pipe(
        v.string(),
        v.description('As `Authorization: Bearer share_…`; the link for people is `/console/share#share_…`'),
      ),
    }),
    { ...exampleShare, token: 'share_2q3vYkz0b9m5XKxQ1dJ7o4sWcTtE8uRnLfHgAiZpVyM' },
  ),
  errors: ['tooManyShares', ...lookupErrors],
} as const satisfies RouteDeclaration;

export const listShares = {
  method: 'get',
  path: '/api/v1/sessions/{id}/shares',
  tag: 'Shares',
  summary: "List a session's shares that haven't expired, oldest first",
  isOpen: false,
  parameters: SessionPath,
  answer: declareAnswer(v.strictObject({ shares: v.array(Share) }), { shares: [exampleShare] }),
  errors: lookupErrors,
} as const satisfies RouteDeclaration;

export const deleteShare = {
  method: 'delete',
  path: '/api/v1/sessions/{id}/shares/{shareId}',
  tag: 'Shares',
  summary: 'Delete a share: who watches by it is sent away within seconds',
  isOpen: false,
  parameters: v.object({ ...SessionPath.entries, shareId: v.pipe(v.string(), v.description('The `id` of the share')) }),
  answer: declareAnswer(v.strictObject({ status: v.literal('deleted'), id: v.string() }), {
    status: 'deleted',
    id: exampleShare.id,
  }),
  errors: ['noSuchShare', ...lookupErrors],
} as const satisfies RouteDeclaration;

const { userId, chatId, isActive, usage, watchers, queuePosition, ...shownEntries } = ReportedSession.entries;

/** A session's report without whose it is, what it cost, and who else is there. */
export const SharedSession = v.strictObject(shownEntries);
export type SharedSession = v.InferOutput<typeof SharedSession>;

/** What of a report is in `SharedSession`. */
export function sharedSessionOf(report: ReportedSession): SharedSession {
  const { userId, chatId, isActive, usage, watchers, queuePosition, ...shown } = report;
  return shown;
}

export const readShare = {
  method: 'get',
  path: '/api/v1/share',
  tag: 'Shares',
  summary: "Read what a share shows, with the share's token: which session, and how it stands",
  isOpen: false,
  access: 'viewer',
  answer: declareAnswer(
    v.strictObject({
      expiresAt: timestamp,
      workspace: v.boolean(),
      session: SharedSession,
    }),
    { expiresAt: exampleShare.expiresAt, workspace: false, session: sharedSessionOf(exampleReport) },
  ),
  errors: ['notAllowed', 'noSuchSession', 'notYours', ...databaseErrors],
} as const satisfies RouteDeclaration;
