// Checks a new session before anything of it begins, and takes the secrets out of its settings.
import { readModelName } from '../../actors/models/choosable-models.ts';
import type { EngineKeys } from '../../actors/models/key.ts';
import { badProviderSentence, providerNames } from '../../actors/models/providers/registry.ts';
import { type ChoiceRules, findMissingKey } from '../../actors/session/check-choice.ts';
import { checkBranch } from '../../sandbox/git/branch-name.ts';
import { checkRepoUrl } from '../../sandbox/git/repo-url.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Labels } from '../../schema/labels.ts';
import type { Policy } from '../../schema/policy.ts';
import { providerOf } from '../../schema/protocol/session-fields.ts';
import { hasToken, joinToken, listSecrets } from '../../schema/rules/git-credentials.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { type ProviderName, type SessionSecrets, type SessionSettings, secretTextsOf } from '../../schema/session.ts';
import type { AllowedHosts } from '../../schema/thread.ts';
import { findMcpProblem, type McpRules } from './check-mcp-servers.ts';

export type NewSessionRules = {
  allowedHosts: AllowedHosts;
  /** The engine's own keys, which are masked in every row. */
  keys: readonly string[];
  /** What people can choose from. */
  choices: ChoiceRules;
  mcp: McpRules;
  /** What this engine is labelled with. */
  labels: Labels;
  /** The operator's policy for sessions whose client chooses none. */
  policy?: Policy | undefined;
};

export type NewSessionInput = { settings: SessionSettings; secrets: SessionSecrets };

/**
 * Moves credentials out of the repository's URL into the git token, or its user, and masks secrets in the task, so that
 * no row holds them.
 * @returns `badRepoUrl` or `badBranch` where the repository would not be cloned
 */
export function checkNewSession(
  { settings, secrets }: NewSessionInput,
  { allowedHosts, keys, mcp, policy: operatorPolicy }: Omit<NewSessionRules, 'choices' | 'labels'>,
): Outcome<NewSessionInput> {
  const repository = settings.repoUrl === null ? succeeded(null) : checkRepoUrl(settings.repoUrl, allowedHosts);
  if (!repository.ok) return repository;
  const branch = settings.branch === null ? succeeded(null) : checkBranch(settings.branch);
  if (!branch.ok) return branch;
  const mcpProblem = findMcpProblem(settings, secrets, mcp);
  if (mcpProblem) return { ok: false, failure: mcpProblem };
  const { url: repoUrl = null, credentials = null } = repository.value ?? {};
  const gitToken = joinToken(secrets.gitToken, credentials);
  const given = [...secretTextsOf(secrets), ...listSecrets(credentials)];
  const own = new Masking(given);
  const mask = (text: string) => own.maskText(engineMaskingOf(keys).maskText(text));
  const instructions = settings.instructions === undefined ? {} : { instructions: mask(settings.instructions) };
  const policy = settings.policy ?? operatorPolicy;
  return succeeded({
    settings: {
      ...settings,
      ...(policy && { policy }),
      task: mask(settings.task),
      ...instructions,
      repoUrl,
      hasGitToken: hasToken(gitToken),
    },
    secrets: { ...secrets, gitToken },
  });
}

/** The masking of the engine's secrets, made once since that costs more than the rest of a new session. */
function engineMaskingOf(keys: readonly string[]): Masking {
  const known = maskings.get(keys) ?? new Masking(keys);
  maskings.set(keys, known);
  return known;
}

const maskings = new WeakMap<readonly string[], Masking>();

type ProviderFields = Parameters<typeof providerOf>[0] & {
  model?: string | undefined;
  apiKey?: string | null | undefined;
  api_key?: string | null | undefined;
};

/**
 * The provider that a caller names, in either spelling or with the model, or the engine's default.
 * @param keys the engine's own
 */
export function chooseProvider(
  fields: ProviderFields,
  fallback: ProviderName,
  keys: EngineKeys,
): Outcome<ProviderName> {
  const ofModel = fields.model === undefined ? fallback : readModelName(fields.model, fallback).provider;
  const provider = providerOf(fields, ofModel, providerNames);
  if (provider === undefined) return failed('badProvider', badProviderSentence);
  if (fields.model === undefined) return checkProviderKey(provider, fields, keys);
  if (readModelName(fields.model, provider).provider === provider) return succeeded(provider);
  const message = `names another provider than modelProvider does: say ${provider}/${fields.model} if that is its name`;
  return failed('invalid', `model ${message}.`, { errors: [{ path: 'model', message }] });
}

/** The engine's default may be played by a script, as all is without any key; a provider that is named is not. */
function checkProviderKey(provider: ProviderName, fields: ProviderFields, keys: EngineKeys): Outcome<ProviderName> {
  const isNamed = providerOf(fields, '', providerNames) !== '';
  const message = isNamed && !(fields.apiKey || fields.api_key) ? findMissingKey(provider, keys) : undefined;
  if (message === undefined) return succeeded(provider);
  const path = fields.modelProvider ? 'modelProvider' : 'model_provider';
  return failed('invalid', `${path} ${message}.`, { errors: [{ path, message }] });
}
