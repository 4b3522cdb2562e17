// The provider of OpenID Connect at which people sign in: found when it is first needed, and again where it was away.
import * as oidc from 'openid-client';
import { type Outcome, succeeded } from '../../schema/error.ts';
import type { Log } from '../log.ts';
import { fetchBounded } from './bounded-fetch.ts';
import type { Claims } from './person-of-claims.ts';
import { away, otherwise, readProviderError, unverified } from './provider-errors.ts';
import type { Flow } from './sign-in-flow.ts';

/** How long one answer of the provider is waited for: a person waits, too. */
const answerTimeoutSeconds = 10;
/** How long what the provider says of itself is believed: its keys are looked up anew where one is unknown. */
const knownMsMax = 3_600_000;
/** How soon a provider that was away is asked again. */
const retryMs = 2_000;

export type IdentityProviderOptions = {
  issuer: string;
  clientId: string;
  /** Undefined for a client that has none, and proves itself by PKCE alone. */
  clientSecret: string | undefined;
  /** Whether groups matter. */
  needsGroups: boolean;
  log: Pick<Log, 'info' | 'warn'>;
  now(): number;
};

/** Where to send a browser, and what has to come back. */
export type BegunFlow = { url: string } & Omit<Flow, 'returnPath'>;

type Known = { configuration: oidc.Configuration; untilMs: number };

export class IdentityProvider {
  readonly #options: IdentityProviderOptions;
  #known: Known | undefined;
  #finding: Promise<void> | undefined;
  #failedUntilMs = 0;
  /** Why the provider couldn't be found. */
  #notFound: Outcome<never> = away;

  constructor(options: IdentityProviderOptions) {
    this.#options = options;
  }

  /** Says in the log whether the provider is as the engine needs it, before anybody signs in. */
  async check(): Promise<void> {
    const found = await this.#find();
    this.#failedUntilMs = 0; // Nobody waits yet; the first who does asks again.
    if (!found.ok) return;
    const { issuer } = found.value.serverMetadata();
    this.#options.log.info('signIn.providerFound', { issuer, scope: this.#scopeAt(found.value) });
  }

  /**
   * @param redirectUri where the provider sends the browser back
   * @param asksAnew whether the provider is to ask who it is, also somebody whom it knows
   */
  async begin(redirectUri: string, asksAnew: boolean): Promise<Outcome<BegunFlow>> {
    const found = await this.#find();
    if (!found.ok) return found;
    const [state, nonce, verifier] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier()];
    const url = oidc.buildAuthorizationUrl(found.value, {
      redirect_uri: redirectUri,
      scope: this.#scopeAt(found.value),
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(asksAnew && { prompt: 'login' }),
    });
    return succeeded({ url: url.href, state, nonce, verifier });
  }

  /** @param callback the URL at which the browser came back @returns whom the provider names */
  async finish(callback: URL, { state, nonce, verifier }: Flow): Promise<Outcome<Claims>> {
    const found = await this.#find();
    if (!found.ok) return found;
    try {
      const tokens = await oidc.authorizationCodeGrant(found.value, callback, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (!claims) return unverified;
      return succeeded(await this.#addUserInfo(found.value, claims, tokens.access_token));
    } catch (error) {
      return this.#refuse(error);
    }
  }

  /** @returns where to sign out at the provider as well; null where it has no such page, or is away */
  async findSignOutUrl(returnUrl: string): Promise<string | null> {
    const found = await this.#find();
    if (!found.ok || found.value.serverMetadata().end_session_endpoint === undefined) return null;
    const { clientId } = this.#options;
    return oidc.buildEndSessionUrl(found.value, { client_id: clientId, post_logout_redirect_uri: returnUrl }).href;
  }

  /** Many providers tell of e-mail and groups there only. */
  async #addUserInfo(configuration: oidc.Configuration, claims: oidc.IDToken, token: string): Promise<Claims> {
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await oidc.fetchUserInfo(configuration, token, claims.sub)), ...claims };
  }

  #scopeAt(configuration: oidc.Configuration): string {
    const isOffered = configuration.serverMetadata().scopes_supported?.includes('groups') ?? false;
    return `openid profile email${isOffered && this.#options.needsGroups ? ' groups' : ''}`;
  }

  /** What was known before counts on while the provider is away. */
  async #find(): Promise<Outcome<oidc.Configuration>> {
    const nowMs = this.#options.now();
    const isDue = (this.#known?.untilMs ?? 0) <= nowMs && this.#failedUntilMs <= nowMs;
    if (isDue || this.#finding) await this.#look();
    return this.#known ? succeeded(this.#known.configuration) : this.#notFound;
  }

  /** Who asks at the same time waits for the same answer. */
  #look(): Promise<void> {
    this.#finding ??= this.#discover()
      .then(
        (known) => {
          this.#known = known;
        },
        async (error) => {
          this.#failedUntilMs = this.#options.now() + retryMs;
          const refusal = await this.#refuse(error);
          this.#notFound = refusal === unverified ? otherwise : refusal;
        },
      )
      .finally(() => {
        this.#finding = undefined;
      });
    return this.#finding;
  }

  async #discover(): Promise<Known> {
    const { issuer, clientId, clientSecret, now } = this.#options;
    const isLocal = issuer.startsWith('http:'); // The configuration lets http through on this machine only.
    const options = {
      timeout: answerTimeoutSeconds,
      [oidc.customFetch]: fetchBounded,
      ...(isLocal && { execute: [oidc.allowInsecureRequests] }),
    };
    const found = await oidc.discovery(new URL(issuer), clientId, undefined, oidc.None(), options);
    const metadata = found.serverMetadata();
    requireEndpoints(metadata, isLocal ? ['https:', 'http:'] : ['https:']);
    const authentication = chooseAuthentication(metadata.token_endpoint_auth_methods_supported, clientSecret);
    const configuration = new oidc.Configuration(metadata, clientId, undefined, authentication);
    configuration.timeout = answerTimeoutSeconds;
    configuration[oidc.customFetch] = fetchBounded;
    if (isLocal) oidc.allowInsecureRequests(configuration);
    oidc.enableNonRepudiationChecks(configuration); // ID tokens are verified by the provider's keys, not by TLS alone.
    return { configuration, untilMs: now() + knownMsMax };
  }

  /** Tells the operator, too. */
  async #refuse(error: unknown): Promise<Outcome<never>> {
    const { issuer, log } = this.#options;
    const { refusal, reason } = await readProviderError(error);
    log.warn('signIn.failed', { where: 'provider', issuer, reason });
    return refusal;
  }
}

/** @throws where nobody could sign in by what the provider says of itself */
function requireEndpoints(metadata: oidc.ServerMetadata, protocols: readonly string[]): void {
  for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const)
    if (!protocols.includes(URL.parse(String(metadata[name]))?.protocol ?? ''))
      throw new Error(`its metadata has no usable ${name}`);
}

/** A provider that says nothing takes the secret in a header (OpenID Connect Discovery §3). */
function chooseAuthentication(methods: readonly string[] = ['client_secret_basic'], secret: string | undefined) {
  if (secret === undefined) return oidc.None();
  return methods.includes('client_secret_basic') ? oidc.ClientSecretBasic(secret) : oidc.ClientSecretPost(secret);
}
