// The variables that are secret, for what runs before the engine's own configuration can be loaded; a test compares the two.

const names = ['DATABASE_URL', 'SESSION_SECRET', 'INTERNAL_API_KEY', 'ENCRYPTION_KEY'];

/**
 * Every provider's key ends so, whichever there are.
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string[]}
 */
export const listSecretNames = (environment) => [
  ...new Set([...names, ...Object.keys(environment).filter((name) => name.endsWith('_API_KEY'))]),
];

/** May hold a password, and are needed until packages are there. */
export const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
