// How far the engine may be reached: not beyond this machine while anybody could pass for anybody.
import type { SignInWay } from '../../schema/protocol/routes/sign-in.ts';
import { defaultSessionSecret } from '../../schema/rules/development-token.ts';
import type { Config } from '../config.ts';

type Secrets = Pick<Config, 'SESSION_SECRET' | 'INTERNAL_API_KEY'>;
type Exposed = Secrets & Pick<Config, 'HOST' | 'ALLOWED_ORIGINS'>;

export const isSecretPublic = ({ SESSION_SECRET }: Pick<Config, 'SESSION_SECRET'>): boolean =>
  SESSION_SECRET === defaultSessionSecret;

/** Whether the engine believes those alone who know a secret. */
const hasOwnSecrets = (secrets: Secrets): boolean => !isSecretPublic(secrets) && secrets.INTERNAL_API_KEY !== undefined;

/** How people sign in at the console. */
export function signInWayOf(config: Secrets & Pick<Config, 'OIDC_ISSUER'>): SignInWay {
  if (config.OIDC_ISSUER !== undefined) return 'oidc';
  return hasOwnSecrets(config) ? 'token' : 'name';
}

/** HOST, or every address of the machine once the secrets are set. */
export const listenAddressOf = (config: Pick<Exposed, 'HOST' | keyof Secrets>): string =>
  config.HOST ?? (hasOwnSecrets(config) ? '0.0.0.0' : '127.0.0.1');

const isLoopbackName = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** What an operator should know about the secrets and the address when the engine starts. */
export function exposureWarningsOf(config: Exposed): string[] {
  if (hasOwnSecrets(config)) return [];
  const warnings: string[] = [];
  if (isSecretPublic(config))
    warnings.push(
      'SESSION_SECRET has its default, with which anybody can sign tokens: they are believed over loopback and from allowed origins only.',
    );
  if (config.INTERNAL_API_KEY === undefined)
    warnings.push('INTERNAL_API_KEY is not set: X-User-ID is believed over loopback and from allowed origins only.');
  return [...warnings, addressWarningOf(config)];
}

function addressWarningOf({ HOST }: Exposed): string {
  if (HOST === undefined)
    return 'The engine listens on 127.0.0.1 only. To let others reach it, set SESSION_SECRET and INTERNAL_API_KEY.';
  if (isLoopbackName(HOST)) return `The engine listens on ${HOST} only, as HOST says.`;
  return (
    `HOST is ${HOST} while the secrets above are missing: whoever comes through a proxy, a tunnel or another program of ` +
    "this machine can act as any user, read every chat and run commands in agents' sandboxes. Set both, or unset HOST."
  );
}
