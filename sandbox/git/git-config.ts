// Writes git's configuration file for a sandbox.
import { stemOf } from './repo-url.ts';

export type GitSettings = {
  /** As `checkRepoUrl` gives it. */
  repoUrl: string;
  /** The grant's URL, which stands for `repoUrl`. */
  gitProxyUrl: string;
  userName: string | null;
  userEmail: string | null;
};

const defaultUser = { name: 'Lucid Agent', email: 'agent@lucid.invalid' };

export function gitConfigOf({ repoUrl, gitProxyUrl, userName, userEmail }: GitSettings): string {
  const stem = stemOf(repoUrl);
  return [
    buildSection('user', [
      ['name', identityOf(userName, defaultUser.name)],
      ['email', identityOf(userEmail, defaultUser.email)],
    ]),
    buildSection('protocol "ext"', [['allow', 'never']]),
    buildSection('fetch', [['recurseSubmodules', 'false']]),
    buildInsteadOfSection(gitProxyUrl, [stem, `${stem}.git`]),
    ...buildNeighbourSections(stem),
  ].join('');
}

/** Git would take `…/repo-docs` for `…/repo`, so each longer name has a rule of its own, which git prefers. */
const buildNeighbourSections = (stem: string): string[] =>
  [stem, `${stem}.git`].flatMap((name) =>
    [...nameCharacters].map((next) => buildInsteadOfSection(name + next, [name + next])),
  );

const nameCharacters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~+%';

const buildInsteadOfSection = (base: string, prefixes: string[]): string =>
  buildSection(
    `url ${quoteForGit(base)}`,
    prefixes.map((prefix) => ['insteadOf', prefix]),
  );

const buildSection = (name: string, entries: [key: string, value: string][]): string =>
  `[${name}]\n${entries.map(([key, value]) => `\t${key} = ${quoteForGit(value)}\n`).join('')}`;

/** Quotes any text so that git reads it back unchanged. */
const quoteForGit = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** Git wants one line, and refuses to commit under a name of nothing but punctuation. */
function identityOf(given: string | null, fallback: string): string {
  const line = (given ?? '').replace(/\p{C}+/gu, ' ').trim();
  return /[^\s.,:;<>"'\\]/.test(line) ? line : fallback;
}
