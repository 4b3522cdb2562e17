// The engine's configuration: read once from the environment, typed, with its units. `process.env` occurs here only.
import { availableParallelism } from 'node:os';
import * as v from 'valibot';
import { providerChoices, providerNames, providers } from '../actors/models/providers/registry.ts';
import { parseDatabaseUrl } from '../actors/persistence/database-url.ts';
import { parseImagePattern } from '../sandbox/docker/devcontainer-images.ts';
import { parseOpenedHosts } from '../sandbox/outbound/opened-hosts.ts';
import { limits } from '../schema/limits.ts';
import { secretTextsOfMcp } from '../schema/mcp.ts';
import { defaultSessionSecret } from '../schema/rules/development-token.ts';
import { choiceVariables } from './config/choice-variables.ts';
import { clusterVariables, findClusterProblem } from './config/cluster-variables.ts';
import { findFileProblem, readBy } from './config/file-reading.ts';
import { kubernetesVariables } from './config/kubernetes-variables.ts';
import {
  instructionsBytesMax,
  readInstructions,
  readSkillsFolder,
  skillsFolderAccepts,
} from './config/operator-files.ts';
import { readOperatorMcpServers } from './config/operator-mcp-servers.ts';
import { hooksFileAccepts, policyFileAccepts, readHooksFile, readPolicyFile } from './config/policy-files.ts';
import { keylessOf, keyVariables, modelVariables } from './config/provider-variables.ts';
import { findSandboxHostsProblem, sandboxHostVariables } from './config/sandbox-host-variables.ts';
import { warningsOfUnknown } from './config/unknown-variables.ts';
import {
  allowedHosts,
  bytes,
  hideUserInfo,
  matching,
  namesBy,
  namesOrNone,
  parseDomain,
  proxyAccepts,
  proxyUrl,
  secondsInMs,
  text,
  wholeNumber,
} from './config/value-schemas.ts';
import { findStoreProblem, workspaceStoreVariables } from './config/workspace-store-variables.ts';
import { parseHostName, parseOrigin } from './server/known-names.ts';
import { proxyNames } from './setup/secret-names.mjs';
import { wipeFromEnvironment } from './setup/wipe-environment.mjs';

/** The default of `COMMANDS_PER_SECOND`: many times what a person sends, and a script that sends more can wait. */
const commandsPerSecond = 50;
/** The default of `PING_INTERVAL`: proxies and load balancers cut connections that are silent for 60 s. */
const pingIntervalSeconds = 28;

/** The default of `SANDBOX_WARM`. */
export const sandboxWarmDefault = 2;

/** A smaller disk can't be formatted, or holds hardly more than its own tables. */
const workspaceBytesMin = 16 * 1024 ** 2;

/** One variable: what it accepts in words, its default, and the schema that turns its text into a value. */
type Variable<Value> = {
  accepts: string;
  fallback?: string;
  /** `address`: the value is no secret, but may hold a password. */
  isSecret?: boolean | 'address';
  /** Whether the name counts in small letters too, as for other programs. */
  isCommon?: boolean;
  schema: v.GenericSchema<string, Value>;
};

const variables = {
  DATABASE_URL: {
    accepts: 'a postgresql:// URL, or nothing for an embedded PostgreSQL',
    isSecret: true,
    schema: matching(/^postgres(ql)?(\+\w+)?:\/\/\S+$/),
  },
  SESSION_SECRET: { accepts: 'text', fallback: defaultSessionSecret, isSecret: true, schema: text },
  INTERNAL_API_KEY: { accepts: 'text', isSecret: true, schema: text },
  ADMIN_KEY: { accepts: 'text', isSecret: true, schema: text },
  ENCRYPTION_KEY: { accepts: 'text', isSecret: true, schema: text },
  WORKSPACE_BASE_PATH: { accepts: 'a path', fallback: './storage', schema: text },
  ...keyVariables,
  DEFAULT_MODEL_PROVIDER: { accepts: providerChoices, fallback: providers[0].name, schema: v.picklist(providerNames) },
  ...modelVariables,
  ...choiceVariables,
  LLM_BASE_URL: {
    accepts: "the http(s):// URL of a server that speaks the providers' APIs",
    schema: v.pipe(
      matching(/^https?:\/\/[^\s?#]+$/),
      // The providers' packages add the version themselves, though many servers document their URL with it.
      v.transform((url) => url.replace(/(?:\/+v1(?:beta)?)?\/*$/, '')),
    ),
  },
  HTTPS_PROXY: { accepts: proxyAccepts, isSecret: 'address', isCommon: true, schema: proxyUrl },
  HTTP_PROXY: { accepts: proxyAccepts, isSecret: 'address', isCommon: true, schema: proxyUrl },
  NO_PROXY: { accepts: 'hosts, separated by commas, or *', fallback: '', isCommon: true, schema: v.string() },
  GIT_ALLOWED_HTTP_HOSTS: {
    accepts: 'hosts of git servers such as git.example.lan or 10.0.0.7:3000, separated by commas',
    fallback: '',
    schema: allowedHosts,
  },
  MCP_SERVERS_FILE: {
    accepts: 'the path of a JSON file with the MCP servers of all sessions',
    schema: readBy(readOperatorMcpServers),
  },
  MCP_ALLOWED_HOSTS: {
    accepts: 'hosts such as mcp.example.internal or 10.0.0.7:3000, separated by commas',
    fallback: '',
    schema: allowedHosts,
  },
  WEBHOOK_ALLOWED_HOSTS: {
    accepts: 'hosts such as hooks.example.lan or 10.0.0.7:3000, separated by commas',
    fallback: '',
    schema: allowedHosts,
  },
  GIT_RELAY: { accepts: 'a folder', schema: text },
  MAX_ITERATIONS: {
    accepts: 'a whole number from 1 to 10000',
    fallback: '500',
    schema: wholeNumber(1, limits.iterationsMax),
  },
  CONVERSATION_TIMEOUT: {
    accepts: 'seconds from 1 to 86400',
    fallback: String(limits.turnSecondsMax),
    schema: secondsInMs(1, limits.turnSecondsMax),
  },
  HOOKS_FILE: { accepts: hooksFileAccepts, schema: readBy(readHooksFile) },
  POLICY_FILE: { accepts: policyFileAccepts, schema: readBy(readPolicyFile) },
  INSTRUCTIONS_FILE: {
    accepts: `the path of a text file of at most ${instructionsBytesMax} bytes`,
    schema: readBy(readInstructions),
  },
  SKILLS_FOLDER: { accepts: skillsFolderAccepts, schema: readBy(readSkillsFolder) },
  PORT: { accepts: 'a port from 0 to 65535', fallback: '8000', schema: wholeNumber(0, 65_535) },
  HOST: { accepts: 'an address to listen on', schema: matching(/^[\w.:-]+$/) },
  PUBLIC_HOSTS: {
    accepts: 'host names such as engine.example.com or *.example.com, without ports, separated by commas, or *',
    schema: namesBy(parseHostName),
  },
  PUBLIC_URL: {
    accepts: 'the https:// or http:// URL by which browsers reach the engine, without a path',
    schema: v.pipe(
      matching(/^https?:\/\/[^\s/?#@]+\/?$/i),
      v.check((url) => URL.canParse(url)),
    ),
  },
  DOMAIN_ADDRESS: {
    accepts: 'a name and a port, such as agents.example.com:443',
    schema: v.pipe(
      matching(/^[\w.-]*:\d{1,5}$/),
      v.transform((address) => (address.startsWith(':') ? undefined : `https://${address.replace(/:443$/, '')}`)),
    ),
  },
  OIDC_ISSUER: {
    accepts: 'the https:// URL of an OpenID Connect provider, or one on this machine over http://',
    schema: v.pipe(
      matching(/^(https:\/\/|http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?(\/|$))[^\s?#@]*$/i),
      v.check((url) => URL.canParse(url)),
    ),
  },
  OIDC_CLIENT_ID: { accepts: 'text', schema: text },
  OIDC_CLIENT_SECRET: { accepts: 'text', isSecret: true, schema: text },
  OIDC_ALLOWED_DOMAINS: {
    accepts: 'domains of e-mail addresses such as example.com, separated by commas',
    fallback: '',
    schema: namesOrNone(parseDomain),
  },
  OIDC_ALLOWED_GROUPS: {
    accepts: 'names of groups, separated by commas',
    fallback: '',
    schema: namesOrNone((name) => name || undefined),
  },
  OIDC_ADMIN_GROUP: { accepts: 'the name of a group', schema: text },
  OIDC_GROUPS_CLAIM: { accepts: 'the name of a claim', fallback: 'groups', schema: text },
  JWT_LEEWAY: { accepts: 'seconds from 0 to 3600', fallback: '30', schema: secondsInMs(0, 3_600) },
  SANDBOX: {
    accepts: '"auto", "docker", "kubernetes", "local" or "memory"',
    fallback: 'auto',
    schema: v.picklist(['auto', 'docker', 'kubernetes', 'local', 'memory']),
  },
  ALLOW_LOCAL_SANDBOX: { accepts: '"1" or "0"', fallback: '0', schema: v.picklist(['0', '1']) },
  SANDBOX_IMAGE: { accepts: 'the name of an image', fallback: 'lucid-sandbox', schema: matching(/^[\w./:@-]+$/) },
  SANDBOX_USER: {
    accepts: '"agent" or "namespace-root"',
    fallback: 'agent',
    schema: v.picklist(['agent', 'namespace-root']),
  },
  DEVCONTAINER_IMAGES: {
    accepts: 'names of images, whole or a beginning with *, separated by commas',
    fallback: '',
    schema: namesOrNone(parseImagePattern),
  },
  SANDBOX_RUNTIME: {
    accepts: 'the name of an OCI runtime such as runsc, or of a RuntimeClass',
    schema: matching(/^[\w.-]+$/),
  },
  SANDBOX_WARM: {
    accepts: 'a whole number from 0 to 100',
    fallback: `${sandboxWarmDefault}`,
    schema: wholeNumber(0, 100),
  },
  SANDBOX_WORKSPACE: { accepts: '"disk" or "memory"', fallback: 'disk', schema: v.picklist(['disk', 'memory']) },
  SANDBOX_WORKSPACE_LIMIT: {
    accepts: 'a number with b, k, m or g, for example 512m, that is 16m or more',
    fallback: '8g',
    schema: v.pipe(bytes, v.minValue(workspaceBytesMin)),
  },
  SANDBOX_REMOVE_AFTER: { accepts: 'seconds from 0 to 2592000', fallback: '3600', schema: secondsInMs(0, 2_592_000) },
  SANDBOX_CONTAINER_PREFIX: {
    accepts: 'letters, digits, "_", "." and "-", beginning with a letter or digit',
    fallback: 'lucid-sandbox-',
    schema: matching(/^[a-zA-Z0-9][\w.-]*$/),
  },
  SANDBOX_MEMORY_LIMIT: {
    accepts: 'a number with b, k, m or g, for example 512m',
    fallback: '2g',
    schema: bytes,
  },
  SANDBOX_CPU_LIMIT: {
    accepts: 'a number of processors above 0, for example 1.5',
    fallback: '1.0',
    schema: v.pipe(matching(/^\d+(\.\d+)?$/), v.transform(Number), v.minValue(0.01)),
  },
  SANDBOX_ALLOWED_HOSTS: {
    accepts: 'hosts, addresses or networks such as npm.example.lan, 10.0.0.7:3000 or 10.0.5.0/24, separated by commas',
    fallback: '',
    schema: v.pipe(
      v.string(),
      v.transform(parseOpenedHosts),
      v.check((hosts) => hosts.ok),
      v.transform((hosts) => (hosts.ok ? hosts.value : [])),
    ),
  },
  ...kubernetesVariables,
  ALLOW_OPEN_SANDBOX_NETWORK: { accepts: '"1" or "0"', fallback: '0', schema: v.picklist(['0', '1']) },
  DOCKER_NETWORK: { accepts: 'the name of a Docker network', schema: matching(/^[a-zA-Z0-9][\w.-]*$/) },
  NODE_NAME: { accepts: 'at most 100 letters, digits, "_", "." and "-"', schema: matching(/^[\w.-]{1,100}$/) },
  HOST_THREADS: {
    accepts: 'a whole number from 1 to 64',
    fallback: String(Math.max(1, availableParallelism() - 1)),
    schema: wholeNumber(1, 64),
  },
  ...clusterVariables,
  ...workspaceStoreVariables,
  ...sandboxHostVariables,
  ALLOWED_ORIGINS: {
    accepts: 'origins such as https://app.example.com or https://*.example.com, separated by commas, or *',
    fallback: 'http://localhost:3000',
    schema: namesBy(parseOrigin),
  },
  MOCK_STEP_DELAY_MS: { accepts: 'milliseconds from 0 to 60000', fallback: '150', schema: wholeNumber(0, 60_000) },
  RECONNECT_GRACE: { accepts: 'seconds from 0 to 86400', fallback: '300', schema: secondsInMs(0, 86_400) },
  HIBERNATE_AFTER: { accepts: 'seconds from 0 to 86400', fallback: '60', schema: secondsInMs(0, 86_400) },
  PING_INTERVAL: {
    accepts: 'seconds from 4 to 300',
    fallback: String(pingIntervalSeconds),
    schema: wholeNumber(4, 300),
  },
  MAX_SESSIONS_PER_USER: {
    accepts: 'a whole number from 1 to 50000',
    fallback: String(limits.sessionsPerUserMax),
    schema: wholeNumber(1, limits.sessionsMax),
  },
  COMMANDS_PER_SECOND: {
    accepts: 'a whole number from 0 to 1000000',
    fallback: String(commandsPerSecond),
    schema: wholeNumber(0, 1_000_000),
  },
  LOG_LEVEL: {
    accepts: '"debug", "info", "warn", "error" or "silent"',
    fallback: 'info',
    schema: v.picklist(['debug', 'info', 'warn', 'error', 'silent']),
  },
  NODE_ENV: {
    accepts: '"development", "production" or "test"',
    fallback: 'development',
    schema: v.picklist(['development', 'production', 'test']),
  },
} as const satisfies Record<string, Variable<unknown>>;

type Variables = typeof variables;
type Name = keyof Variables;
type ValueOf<N extends Name> = v.InferOutput<Variables[N]['schema']>;

/** Values by name; a variable without a default may be undefined. */
export type Config = {
  readonly [N in Name]: Variables[N] extends { fallback: string } ? ValueOf<N> : ValueOf<N> | undefined;
};

/** A sentence that says which variable is wrong, what it got, and what it accepts. */
export class ConfigError extends Error {}

/**
 * An empty variable counts as unset, since that is how compose files pass on what isn't there.
 * @throws ConfigError on the first value that isn't accepted
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const entries = Object.entries(variables).map(([name, variable]: [string, Variable<unknown>]) => [
    name,
    parseValue(
      name,
      variable,
      environment[name] || (variable.isCommon && environment[name.toLowerCase()]) || undefined,
    ),
  ]);
  const given = Object.fromEntries(entries) as Config;
  const config = { ...given, ...keylessOf(given), PUBLIC_URL: given.PUBLIC_URL ?? given.DOMAIN_ADDRESS };
  checkDatabaseUrl(config);
  checkProvider(config);
  const problem = findClusterProblem(config) ?? findStoreProblem(config) ?? findSandboxHostsProblem(config);
  if (problem !== undefined) throw new ConfigError(problem);
  if (config.NODE_ENV === 'production') checkProduction(config);
  return config;
}

function parseValue(name: string, variable: Variable<unknown>, given: string | undefined): unknown {
  const value = given === undefined || given === '' ? variable.fallback : given;
  if (value === undefined) return undefined;
  const parsed = v.safeParse(variable.schema, value);
  if (parsed.success) return parsed.output;
  const problem = findFileProblem(parsed.issues);
  if (problem !== undefined)
    throw new ConfigError(`${name} names ${value}, ${problem}; it accepts ${variable.accepts}.`);
  const got = variable.isSecret ? `a value of ${value.length} characters` : `"${hideUserInfo(value)}"`;
  throw new ConfigError(`${name} is ${got}, but it accepts ${variable.accepts}.`);
}

function checkDatabaseUrl({ DATABASE_URL }: Config): void {
  if (DATABASE_URL === undefined) return;
  const parsed = parseDatabaseUrl(DATABASE_URL);
  if (!parsed.ok) throw new ConfigError(`DATABASE_URL ${parsed.problem}.`);
}

function checkProvider({ OIDC_ISSUER, OIDC_CLIENT_ID }: Config): void {
  if (OIDC_ISSUER !== undefined && OIDC_CLIENT_ID === undefined)
    throw new ConfigError(
      'OIDC_CLIENT_ID is not set, but with OIDC_ISSUER it accepts the id that the provider has given.',
    );
  if (OIDC_ISSUER === undefined && OIDC_CLIENT_ID !== undefined)
    throw new ConfigError('OIDC_ISSUER is not set, but with OIDC_CLIENT_ID it accepts the URL of the provider.');
}

const secretBytesMin = 32;
const ownSecret = `a secret of at least ${secretBytesMin} bytes`;

function checkProduction({ SESSION_SECRET, INTERNAL_API_KEY, ADMIN_KEY, ENCRYPTION_KEY }: Config): void {
  if (SESSION_SECRET === defaultSessionSecret)
    throw new ConfigError(`SESSION_SECRET is the default, but in production it accepts ${ownSecret}.`);
  if (INTERNAL_API_KEY === undefined)
    throw new ConfigError(`INTERNAL_API_KEY is not set, but in production it accepts ${ownSecret}.`);
  for (const [name, secret] of Object.entries({ SESSION_SECRET, INTERNAL_API_KEY, ADMIN_KEY, ENCRYPTION_KEY })) {
    if (secret === undefined) continue;
    const bytes = Buffer.byteLength(secret);
    if (bytes < secretBytesMin)
      throw new ConfigError(`${name} has ${bytes} bytes, but in production it accepts ${ownSecret}.`);
  }
}

/** Names of the secret variables, whose values are masked, kept from commands, and looked for by tests. */
export const secretNames: readonly string[] = Object.entries<Variable<unknown>>(variables)
  .filter(([, variable]) => variable.isSecret === true)
  .map(([name]) => name);

/** The secret values; a URL's password both encoded and decoded. The public default of SESSION_SECRET is left out. */
export function engineSecretsOf(config: Config): string[] {
  const given = secretNames.map((name) => config[name as Name]).filter((value) => typeof value === 'string');
  const urls = [config.DATABASE_URL, config.HTTP_PROXY, config.HTTPS_PROXY];
  const passwords = urls.map((url) => URL.parse(url ?? '')?.password ?? '');
  const ofServers = (config.MCP_SERVERS_FILE ?? []).flatMap(({ server, secrets }) =>
    secretTextsOfMcp({ [server.name]: secrets }),
  );
  const texts = [...given, ...passwords, ...passwords.map(decode), ...ofServers];
  return [...new Set(texts)].filter((text) => text !== '' && text !== defaultSessionSecret);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Takes the secrets out of the process's environment once they are read, so that no child inherits them and nobody finds
 * them in `/proc`.
 */
export function forgetSecrets(environment: NodeJS.ProcessEnv = process.env): void {
  const names = [...secretNames, ...proxyNames];
  for (const name of names) delete environment[name];
  wipeFromEnvironment(names);
}

export const variableNames = Object.keys(variables);

/** Sentences for unknown variables that look as if they were meant for the engine. */
export function findMisspelt(environment: NodeJS.ProcessEnv = process.env): string[] {
  const common = Object.entries<Variable<unknown>>(variables).filter(([, { isCommon }]) => isCommon);
  return warningsOfUnknown(environment, [...variableNames, ...common.map(([name]) => name.toLowerCase())]);
}
