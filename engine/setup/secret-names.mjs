// The variables that are secret, for what runs before the engine's own configuration can be loaded; a test compares the two.

export const secretNames = [
  'DATABASE_URL',
  'SESSION_SECRET',
  'INTERNAL_API_KEY',
  'ENCRYPTION_KEY',
  'ANTHROPIC_API_KEY',
  'GOOGLE_API_KEY',
  'LLM_API_KEY',
];

/** May hold a password, and are needed until packages are there. */
export const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
