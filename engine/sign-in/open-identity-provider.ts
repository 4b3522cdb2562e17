// The identity provider that the operator names, and whom its configuration lets in.
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { AdmissionRules } from './person-of-claims.ts';

/** The package is loaded where there is a provider. @returns undefined where there is none */
export async function openIdentityProvider(config: Config, log: Log): Promise<IdentityProvider | undefined> {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = config;
  if (issuer === undefined || clientId === undefined) return undefined;
  const { groups, adminGroup } = admissionRulesOf(config);
  const needsGroups = groups.length > 0 || adminGroup !== undefined;
  const { IdentityProvider } = await import('./identity-provider.ts');
  return new IdentityProvider({ issuer, clientId, clientSecret, needsGroups, log, now: Date.now });
}

export const admissionRulesOf = (config: Config): AdmissionRules => ({
  domains: config.OIDC_ALLOWED_DOMAINS,
  groups: config.OIDC_ALLOWED_GROUPS,
  adminGroup: config.OIDC_ADMIN_GROUP,
  groupsClaim: config.OIDC_GROUPS_CLAIM,
});

/** What an operator should know of who may sign in, when the engine starts. */
export function signInWarningsOf(config: Config): string[] {
  const { domains, groups } = admissionRulesOf(config);
  if (config.OIDC_ISSUER === undefined || domains.length > 0 || groups.length > 0) return [];
  return [
    `Everybody who has an account at ${config.OIDC_ISSUER} may sign in: OIDC_ALLOWED_DOMAINS and OIDC_ALLOWED_GROUPS are not set.`,
  ];
}
