// The clients' tokens: one for all, those of a file in turn, or one for each client, signed with the secret.
import { readFile } from 'node:fs/promises';
import { signTokens } from '../generators/session-client.ts';
import type { LoadOptions } from './load-options.ts';

/** @returns at least one; clients take them in turn */
export async function readTokens(credentials: LoadOptions['credentials'], clients: number): Promise<string[]> {
  if ('token' in credentials) return [credentials.token];
  if ('secret' in credentials) return signTokens(credentials, clients);
  const lines = (await readFile(credentials.tokensFile, 'utf8')).split('\n').map((line) => line.trim());
  const tokens = lines.filter((line) => line !== '');
  if (tokens.length === 0) throw new Error(`There is no token in ${credentials.tokensFile}.`);
  return tokens;
}
