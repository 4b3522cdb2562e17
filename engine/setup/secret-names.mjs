// The secret variables, for code that runs before the engine's configuration can be loaded; a test compares the two lists.

const names = [
  'DATABASE_URL',
  'SESSION_SECRET',
  'INTERNAL_API_KEY',
  'ADMIN_KEY',
  'ENCRYPTION_KEY',
  'OIDC_CLIENT_SECRET',
  'CLUSTER_CREDENTIALS',
  'WORKSPACE_STORE_SECRET',
];

/**
 * The names of secret variables, with every provider's key, which all end in `_API_KEY`.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string[]}
 */
export const listSecretNames = (environment) => [
  ...new Set([...names, ...Object.keys(environment).filter((name) => name.endsWith('_API_KEY'))]),
];

/** The proxy variables, which may hold a password and which npm needs. */
export const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
