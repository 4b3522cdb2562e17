// The configuration: defaults that work, a sentence for each value that is refused, and no secret in any of them.
import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ConfigError, engineSecretsOf, forgetSecrets, readConfig, variableNames } from './config.ts';
import { exposureWarningsOf } from './server/exposure.ts';

const strong = 'x'.repeat(32);
const production = { NODE_ENV: 'production', SESSION_SECRET: strong, INTERNAL_API_KEY: strong };

/** The sentence that an environment is refused with. */
function refusalOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return 'accepted';
}

test('a URL that is refused is shown without the user and password in it', () => {
  for (const [name, url] of [
    ['WORKSPACE_STORE', 'https://key:hunter2@s3.example.com/bucket'],
    ['WORKSPACE_STORE', 'https://key:hunter2/@x@s3.example.com/bucket'],
    ['CLUSTER_URL', 'tls://n1:4222,tls://key:hunter2@n2:4222'],
    ['SANDBOX_HOSTS', 'tcp://key:hunter2@d1:2376'],
  ] as const) {
    const refusal = refusalOf({ [name]: url });
    assert.match(refusal, new RegExp(`^${name} is ".*//…@.*", but it accepts`));
    assert.doesNotMatch(refusal, /hunter2/);
  }
});

test('with nothing set, the reference’s defaults apply', () => {
  assert.partialDeepStrictEqual(readConfig({}), {
    DATABASE_URL: undefined,
    SESSION_SECRET: 'change_me_in_prod',
    INTERNAL_API_KEY: undefined,
    ADMIN_KEY: undefined,
    WORKSPACE_BASE_PATH: './storage',
    ANTHROPIC_API_KEY: undefined,
    GOOGLE_API_KEY: undefined,
    OPENAI_API_KEY: undefined,
    LLM_API_KEY: undefined,
    DEFAULT_MODEL_PROVIDER: 'anthropic',
    MAX_ITERATIONS: 500,
    CONVERSATION_TIMEOUT: 86_400_000,
    PORT: 8_000,
    HOST: undefined,
    PUBLIC_HOSTS: undefined,
    JWT_LEEWAY: 30_000,
    SANDBOX_CONTAINER_PREFIX: 'lucid-sandbox-',
    SANDBOX_MEMORY_LIMIT: 2 * 1024 ** 3,
    SANDBOX_CPU_LIMIT: 1,
    DOCKER_NETWORK: undefined,
    HOST_THREADS: Math.max(1, availableParallelism() - 1),
    ALLOWED_ORIGINS: ['http://localhost:3000'],
    MOCK_STEP_DELAY_MS: 150,
    RECONNECT_GRACE: 300_000,
    PING_INTERVAL: 28,
    HIBERNATE_AFTER: 60_000,
    COMMANDS_PER_SECOND: 50,
    NODE_ENV: 'development',
  });
});

test('an empty variable counts as unset, since compose files pass on unset ones so', () => {
  assert.deepEqual(readConfig(Object.fromEntries(variableNames.map((name) => [name, '']))), readConfig({}));
});

test('values are read with their units', () => {
  const config = readConfig({
    CONVERSATION_TIMEOUT: '2.5',
    SANDBOX_MEMORY_LIMIT: '512M',
    SANDBOX_CPU_LIMIT: '0.5',
    ALLOWED_ORIGINS: 'https://A.example, http://localhost:3000 ,https://*.example.com,*',
    PUBLIC_HOSTS: 'Engine.example.com, *.lan',
    JWT_LEEWAY: '1.5',
    HIBERNATE_AFTER: '0',
    PORT: '0',
  });
  assert.partialDeepStrictEqual(config, {
    CONVERSATION_TIMEOUT: 2_500,
    SANDBOX_MEMORY_LIMIT: 512 * 1024 ** 2,
    SANDBOX_CPU_LIMIT: 0.5,
    ALLOWED_ORIGINS: ['https://a.example', 'http://localhost:3000', 'https://*.example.com', '*'],
    PUBLIC_HOSTS: ['engine.example.com', '*.lan'],
    JWT_LEEWAY: 1_500,
    HIBERNATE_AFTER: 0,
    PORT: 0,
  });
});

test('the reference’s spelling of a database URL is accepted', () => {
  for (const scheme of ['postgresql', 'postgres', 'postgresql+asyncpg'])
    assert.equal(refusalOf({ DATABASE_URL: `${scheme}://user:pw@localhost:5432/db` }), 'accepted');
});

/** Values that no variable of the name can have, each with what it accepts. */
const invalid: Record<string, string[]> = {
  DATABASE_URL: ['mysql://localhost/db', 'localhost', 'postgresql://with space'],
  HTTPS_PROXY: [
    'socks5://proxy.lan:1080',
    'http://',
    'http://proxy lan',
    'http://proxy.lan/path',
    'http://proxy.lan:x',
  ],
  HTTP_PROXY: ['ftp://proxy.lan'],
  DEFAULT_MODEL_PROVIDER: ['mistral', 'Anthropic'],
  ALLOWED_MODELS: ['claude-opus-5-5', 'mistral/large', 'anthropic/*-5', 'anthropic/a,,google/b'],
  SESSION_BUDGET_USD: ['0', '-1', 'NaN', '1e3', '0.0001', '100001'],
  DAY_BUDGET_USD: ['$5', '1,50'],
  MAX_ITERATIONS: ['0', '-1', '1.5', 'many', '10001', '1e3', ' 5'],
  CONVERSATION_TIMEOUT: ['0', '86401', 'soon', '1.2345', '-5'],
  PORT: ['65536', '-1', 'http', '80.5'],
  HOST: ['bad host', 'a/b'],
  SANDBOX: ['vm'],
  ALLOW_LOCAL_SANDBOX: ['yes', 'true'],
  SANDBOX_CONTAINER_PREFIX: ['-x', 'a b', 'ä'],
  SANDBOX_WORKSPACE_LIMIT: ['lots', '1k', '15m'],
  SANDBOX_MEMORY_LIMIT: ['0', '2t', 'much', '1.5g', '-1g'],
  SANDBOX_CPU_LIMIT: ['0', 'all', '-1', '1,5'],
  DOCKER_NETWORK: ['-net', 'a b'],
  HOST_THREADS: ['0', '65', 'auto'],
  ALLOWED_ORIGINS: [
    'localhost:3000',
    'https://a.example/path',
    'https://a.example,,https://b.example',
    'https://a*.example',
    'https://*',
    'null',
  ],
  PUBLIC_HOSTS: ['a.example:8000', 'https://a.example', 'a*.example', 'a.example,,b.example'],
  JWT_LEEWAY: ['-1', '3601', 'some'],
  MOCK_STEP_DELAY_MS: ['-1', '60001', '0.5'],
  RECONNECT_GRACE: ['86401', 'never'],
  PING_INTERVAL: ['3', '301', 'often'],
  HIBERNATE_AFTER: ['86401', 'x'],
  MAX_SESSIONS_PER_USER: ['0', '50001', 'many'],
  COMMANDS_PER_SECOND: ['-1', '1000001', '2.5'],
  LOG_LEVEL: ['verbose', 'INFO'],
  NODE_ENV: ['staging', 'prod'],
};

test('each value that isn’t accepted is refused in one sentence: which variable, what it got, what it accepts', () => {
  for (const [name, values] of Object.entries(invalid)) {
    for (const value of values) {
      const sentence = refusalOf({ [name]: value });
      const isHidden = ['DATABASE_URL', 'HTTP_PROXY', 'HTTPS_PROXY'].includes(name);
      const got = isHidden ? `a value of ${value.length} characters` : `"${value}"`;
      assert.ok(sentence.startsWith(`${name} is ${got}, but it accepts `), sentence);
      assert.match(sentence, /but it accepts \S.*\.$/);
      assert.ok(!sentence.includes('\n'));
    }
  }
});

const secrets = [
  'ENCRYPTION_KEY',
  'DATABASE_URL',
  'SESSION_SECRET',
  'INTERNAL_API_KEY',
  'ADMIN_KEY',
  'ANTHROPIC_API_KEY',
  'GOOGLE_API_KEY',
  'OPENAI_API_KEY',
  'LLM_API_KEY',
];

test('no refusal and no warning repeats a secret', async () => {
  const anySecret = fc.string({ minLength: 12 }).filter((text) => !/^[\s.]*$/.test(text));
  await fc.assert(
    fc.property(fc.constantFrom(...secrets), anySecret, fc.boolean(), (name, value, isProduction) => {
      const environment = { ...(isProduction && production), [name]: value };
      try {
        for (const warning of exposureWarningsOf(readConfig(environment))) assert.ok(!warning.includes(value));
      } catch (error) {
        assert.ok(error instanceof ConfigError && !error.message.includes(value));
      }
    }),
  );
});

test('once read, secrets are no longer in the environment that children inherit', () => {
  const environment = { ...production, ANTHROPIC_API_KEY: 'sk-ant', DATABASE_URL: 'postgres://ada:x@db/', PORT: '80' };
  forgetSecrets(environment);
  assert.deepEqual(environment, { NODE_ENV: 'production', PORT: '80' });
});

test('proxies are read in small letters and without a scheme too; their passwords are secrets, their users are not', () => {
  const { HTTPS_PROXY, HTTP_PROXY, NO_PROXY, ...rest } = readConfig({
    https_proxy: 'http://ada:p%40ss-word@proxy.lan:3128/',
    HTTP_PROXY: 'proxy.lan:3128',
    http_proxy: 'http://other.lan',
    no_proxy: '.lan',
  });
  assert.deepEqual([HTTPS_PROXY, HTTP_PROXY], ['http://ada:p%40ss-word@proxy.lan:3128/', 'http://proxy.lan:3128']);
  assert.equal(NO_PROXY, '.lan');
  const secrets = engineSecretsOf({ HTTPS_PROXY, HTTP_PROXY, NO_PROXY, ...rest });
  assert.deepEqual(secrets, ['p%40ss-word', 'p@ss-word']);
  const environment = { HTTPS_PROXY: 'x', https_proxy: 'x', HTTP_PROXY: 'x', http_proxy: 'x', NO_PROXY: 'x' };
  forgetSecrets(environment);
  assert.deepEqual(environment, { NO_PROXY: 'x' });
});

test('every environment is either read or refused with a sentence', async () => {
  const anyEnvironment = fc.dictionary(fc.constantFrom(...variableNames), fc.string(), { maxKeys: 5 });
  await fc.assert(fc.property(anyEnvironment, (environment) => assert.equal(typeof refusalOf(environment), 'string')));
});

test('production needs a secret of 32 bytes and a key of the back end', () => {
  assert.equal(refusalOf(production), 'accepted');
  for (const SESSION_SECRET of ['', 'change_me_in_prod', 'x'.repeat(31)])
    assert.match(refusalOf({ ...production, SESSION_SECRET }), /^SESSION_SECRET (is|has) .* in production it accepts /);
  assert.match(refusalOf({ ...production, INTERNAL_API_KEY: '' }), /^INTERNAL_API_KEY is not set, but in production /);
  const shortKey = refusalOf({ ...production, INTERNAL_API_KEY: 'x'.repeat(31) });
  assert.match(shortKey, /^INTERNAL_API_KEY has 31 bytes, but in production /);
  assert.match(refusalOf({ ...production, ADMIN_KEY: 'short' }), /^ADMIN_KEY has 5 bytes, but in production /);
  assert.equal(refusalOf({ ...production, SESSION_SECRET: 'ü'.repeat(16) }), 'accepted', 'bytes count, not characters');
});

test('space around pasted keys is removed, and a base URL may end with the version or without', () => {
  const { ANTHROPIC_API_KEY, LLM_BASE_URL } = readConfig({
    ANTHROPIC_API_KEY: ' sk-ant-x\n',
    LLM_BASE_URL: 'https://proxy.example/v1/',
  });
  assert.deepEqual([ANTHROPIC_API_KEY, LLM_BASE_URL], ['sk-ant-x', 'https://proxy.example']);
  for (const url of ['http://h', 'http://h/', 'http://h/v1', 'http://h/v1beta', 'http://h/v1beta//'])
    assert.equal(readConfig({ LLM_BASE_URL: url }).LLM_BASE_URL, 'http://h', url);
  assert.equal(readConfig({ LLM_BASE_URL: 'http://h/anthropic/v1' }).LLM_BASE_URL, 'http://h/anthropic');
  assert.equal(readConfig({ LLM_BASE_URL: 'http://h/myv1' }).LLM_BASE_URL, 'http://h/myv1');
});

test('a server that speaks as OpenAI does is asked without a key where nobody gives one', () => {
  const keyOf = (more: Record<string, string>) => readConfig({ LLM_BASE_URL: 'http://h', ...more }).OPENAI_API_KEY;
  assert.equal(keyOf({ DEFAULT_MODEL_PROVIDER: 'openai' }), '');
  assert.equal(keyOf({ DEFAULT_MODEL_PROVIDER: 'openai', OPENAI_API_KEY: 'sk-x' }), 'sk-x');
  for (const more of [{}, { DEFAULT_MODEL_PROVIDER: 'openai', LLM_API_KEY: 'x' }, { DEFAULT_MODEL_PROVIDER: 'google' }])
    assert.equal(keyOf(more), undefined);
  assert.equal(readConfig({ DEFAULT_MODEL_PROVIDER: 'openai' }).OPENAI_API_KEY, undefined);
});

test('the name that docker compose serves is the public URL, with its port where that is another, unless one is given', () => {
  const publicUrlAt = (DOMAIN_ADDRESS: string, PUBLIC_URL = '') =>
    readConfig({ DOMAIN_ADDRESS, PUBLIC_URL }).PUBLIC_URL;
  assert.equal(publicUrlAt('agents.example.com:443'), 'https://agents.example.com');
  assert.equal(publicUrlAt('agents.example.com:8443'), 'https://agents.example.com:8443');
  assert.equal(publicUrlAt(':443'), undefined);
  assert.equal(publicUrlAt('agents.example.com:443', 'https://other.example.com'), 'https://other.example.com');
  assert.throws(() => publicUrlAt('agents.example.com'), { message: /^DOMAIN_ADDRESS is/ });
});

test('a provider to sign in at needs its id for the engine, and an address that nobody on the way can change', () => {
  const provider = { OIDC_ISSUER: 'https://login.example.com/tenant', OIDC_CLIENT_ID: 'console' };
  const config = readConfig({ ...provider, OIDC_ALLOWED_DOMAINS: 'Example.com, example.org' });
  assert.deepEqual(config.OIDC_ALLOWED_DOMAINS, ['example.com', 'example.org']);
  assert.deepEqual(config.OIDC_ALLOWED_GROUPS, []);
  assert.equal(readConfig({ ...provider, OIDC_ISSUER: 'http://127.0.0.1:9000' }).OIDC_ISSUER, 'http://127.0.0.1:9000');
  const wrong: [Record<string, string>, RegExp][] = [
    [{ OIDC_ISSUER: provider.OIDC_ISSUER }, /^OIDC_CLIENT_ID is not set/],
    [{ OIDC_CLIENT_ID: 'console' }, /^OIDC_ISSUER is not set/],
    [{ ...provider, OIDC_ISSUER: 'http://login.example.com' }, /^OIDC_ISSUER is/],
    [{ ...provider, OIDC_ISSUER: 'http://127.0.0.1.evil.example' }, /^OIDC_ISSUER is/],
    [{ ...provider, OIDC_ALLOWED_DOMAINS: '*.example.com' }, /^OIDC_ALLOWED_DOMAINS is/],
    [{ PUBLIC_URL: 'https://agents.example.com/path' }, /^PUBLIC_URL is/],
    [{ PUBLIC_URL: 'agents.example.com' }, /^PUBLIC_URL is/],
  ];
  for (const [environment, message] of wrong) assert.throws(() => readConfig(environment), { message });
});
