// The fields of a new session, over REST and WebSocket alike, and the settings and secrets made from them.
import * as v from 'valibot';
import { labelNamePattern, labelsMax, labelValuePattern } from '../labels.ts';
import { limits } from '../limits.ts';
import { Policy } from '../policy.ts';
import type { ProviderName, SessionSecrets, SessionSettings } from '../session.ts';
import { choiceFields, choiceOf } from './choice-fields.ts';
import { allProviders, documented } from './documented.ts';
import { commandId, emptyAsAbsent, secretText, text } from './fields.ts';
import { mcpFields, mcpSecretsOf, mcpServersOf } from './mcp-fields.ts';
import { wholeRecord } from './whole-record.ts';

/** Any text, since an unknown provider is answered with `badProvider`. */
const provider = emptyAsAbsent(v.string());

/** Any text up to the limit, since a URL that can't be cloned is answered with `badRepoUrl`. */
const repoUrl = documented(emptyAsAbsent(text(limits.urlCharsMax)), {
  type: ['string', 'null'],
  maxLength: limits.urlCharsMax,
  pattern: '^(https?://[^\\s?#]+)?$',
});

const labelRule = 'must have up to 63 letters, digits, "_", "." and "-", and a letter or digit at both ends';

const Labels = v.pipe(
  wholeRecord(
    v.pipe(v.string(), v.regex(labelNamePattern, labelRule)),
    v.pipe(v.string(), v.regex(labelValuePattern, labelRule)),
  ),
  v.check((given) => Object.keys(given).length <= labelsMax, `must be at most ${labelsMax} labels`),
);

/** The fields, in both spellings where the reference uses both. */
export const sessionFields = {
  id: commandId,
  repoUrl,
  branch: emptyAsAbsent(text(limits.idCharsMax)),
  gitToken: emptyAsAbsent(secretText),
  gitUserName: emptyAsAbsent(text(limits.idCharsMax)),
  gitUserEmail: emptyAsAbsent(text(limits.idCharsMax)),
  projectId: emptyAsAbsent(text(limits.idCharsMax)),
  modelProvider: documented(provider, { type: ['string', 'null'], enum: [allProviders, '', null] }),
  model_provider: documented(provider, {
    type: ['string', 'null'],
    description: 'As `modelProvider`, which goes first',
  }),
  apiKey: emptyAsAbsent(secretText),
  api_key: emptyAsAbsent(secretText),
  ...choiceFields,
  instructions: v.pipe(
    emptyAsAbsent(text(limits.instructionsCharsMax)),
    v.description('What the user wants of the agent in every turn, beside the engine’s own instructions'),
  ),
  ...mcpFields,
  policy: v.pipe(
    v.nullish(Policy),
    v.transform((given) => given ?? undefined),
    v.description(
      'Which calls of the agent want a decision. A client that gives one answers: without it nobody is asked',
    ),
  ),
  labels: v.pipe(
    v.nullish(Labels),
    v.description(
      'What the engine that has the session must be labelled with, such as `{"region": "eu"}`; any engine where absent',
    ),
  ),
};

type ProviderFields = { modelProvider?: string | null | undefined; model_provider?: string | null | undefined };

/** The provider in either spelling; undefined for an unknown one. */
export function providerOf(
  fields: ProviderFields,
  fallback: ProviderName,
  known: readonly ProviderName[],
): ProviderName | undefined {
  const asked = fields.modelProvider ?? fields.model_provider;
  if (asked === undefined || asked === null || asked === '') return fallback;
  return known.find((name) => name === asked);
}

const allFields = v.object(sessionFields);
type SessionFields = v.InferOutput<typeof allFields>;

export const settingsOf = (fields: SessionFields, task: string, asked: ProviderName): SessionSettings => ({
  task,
  provider: asked,
  projectId: fields.projectId || null,
  repoUrl: fields.repoUrl || null,
  branch: fields.branch || null,
  gitUserName: fields.gitUserName || null,
  gitUserEmail: fields.gitUserEmail || null,
  hasOwnKey: secretsOf(fields).apiKey !== null,
  hasGitToken: secretsOf(fields).gitToken !== null,
  ...choiceOf(fields),
  ...(fields.instructions !== undefined && { instructions: fields.instructions }),
  ...mcpServersOf(fields),
  ...(fields.policy && { policy: fields.policy }),
  ...(fields.labels && Object.keys(fields.labels).length > 0 && { labels: fields.labels }),
});

export const secretsOf = (fields: SessionFields): SessionSecrets => ({
  apiKey: fields.apiKey || fields.api_key || null,
  gitToken: fields.gitToken || null,
  ...mcpSecretsOf(fields),
});
