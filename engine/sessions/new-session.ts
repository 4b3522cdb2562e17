// Checks a new session before anything of it begins, and takes the secrets out of its settings.
import { badProviderSentence, providerNames } from '../../actors/models/providers/registry.ts';
import { checkBranch } from '../../sandbox/git/branch-name.ts';
import { checkRepoUrl } from '../../sandbox/git/repo-url.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import { providerOf } from '../../schema/protocol/session-fields.ts';
import { hasToken, joinToken, listSecrets } from '../../schema/rules/git-credentials.ts';
import { Masking } from '../../schema/rules/masking.ts';
import { type ProviderName, type SessionSecrets, type SessionSettings, secretTextsOf } from '../../schema/session.ts';
import type { AllowedHosts } from '../../schema/thread.ts';

export type NewSessionRules = {
  allowedHosts: AllowedHosts;
  /** The engine's own keys, which are masked in every row. */
  keys: readonly string[];
};

export type NewSessionInput = { settings: SessionSettings; secrets: SessionSecrets };

/**
 * Moves credentials out of the repository's URL into the git token, or its user, and masks secrets in the task, so that
 * no row holds them.
 * @returns `badRepoUrl` or `badBranch` where the repository would not be cloned
 */
export function checkNewSession(
  { settings, secrets }: NewSessionInput,
  { allowedHosts, keys }: NewSessionRules,
): Outcome<NewSessionInput> {
  const repository = settings.repoUrl === null ? succeeded(null) : checkRepoUrl(settings.repoUrl, allowedHosts);
  if (!repository.ok) return repository;
  const branch = settings.branch === null ? succeeded(null) : checkBranch(settings.branch);
  if (!branch.ok) return branch;
  const { url: repoUrl = null, credentials = null } = repository.value ?? {};
  const gitToken = joinToken(secrets.gitToken, credentials);
  const given = [...secretTextsOf(secrets), ...listSecrets(credentials)];
  const task = new Masking(given).maskText(engineMaskingOf(keys).maskText(settings.task));
  return succeeded({
    settings: { ...settings, task, repoUrl, hasGitToken: hasToken(gitToken) },
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

/** The provider that a caller names, in either spelling, or the engine's default. */
export function chooseProvider(
  fields: Parameters<typeof providerOf>[0],
  fallback: ProviderName,
): Outcome<ProviderName> {
  const provider = providerOf(fields, fallback, providerNames);
  return provider === undefined ? failed('badProvider', badProviderSentence) : succeeded(provider);
}
