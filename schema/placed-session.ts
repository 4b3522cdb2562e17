// A session that one engine has checked and another one makes: its form, so that no actor gets half of one.
import * as v from 'valibot';
import { limits } from './limits.ts';
import type { SessionSettings } from './session.ts';

/** Its secrets are sealed, its files are stored. */
export type PlacedSession = {
  chatId: string;
  userId: string;
  settings: SessionSettings;
  sealedSecrets: string | null;
  commandId: string;
  clients: number;
  autoStart: boolean;
};

export const Id = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.idCharsMax));
const NullableText = v.nullable(v.string());
const Flag = v.optional(v.boolean());
const Text = v.optional(v.string());
const Amount = v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)));
const Named = v.looseObject({ name: v.string() });

/** What the values may be was checked by the engine that was asked; later releases may know more of them, and more fields. */
const settingsFields = {
  task: v.string(),
  provider: v.string(),
  projectId: NullableText,
  repoUrl: NullableText,
  branch: NullableText,
  gitUserName: NullableText,
  gitUserEmail: NullableText,
  instructions: Text,
  mcpServers: v.optional(v.array(Named)),
  labels: v.optional(v.record(v.string(), v.string())),
  policy: v.optional(v.looseObject({ mode: v.string(), rules: v.optional(v.array(v.looseObject({}))) })),
  hasOwnKey: Flag,
  hasGitToken: Flag,
  requestDigest: Text,
  attachments: v.optional(v.array(v.looseObject({ path: v.string(), size: v.number() }))),
  forkedFrom: v.optional(v.looseObject({ chatId: Id, sequence: v.number(), task: v.string() })),
  model: Text,
  effort: Text,
  iterationsMax: Amount,
  timeoutMs: Amount,
  budgetUsd: Amount,
  tools: v.optional(v.array(v.string())),
} satisfies Record<keyof SessionSettings, v.GenericSchema>;

const SettingsForm = v.looseObject(settingsFields);

export const PlacedSession = v.looseObject({
  chatId: Id,
  userId: v.pipe(v.string(), v.minLength(1)),
  settings: v.custom<SessionSettings>((value) => v.is(SettingsForm, value)),
  sealedSecrets: v.nullable(v.string()),
  commandId: Id,
  clients: v.pipe(v.number(), v.integer(), v.minValue(0)),
  autoStart: v.boolean(),
});
