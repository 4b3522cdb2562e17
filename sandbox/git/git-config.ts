// What git is told inside of a sandbox, as the text of a configuration file.
import { stemOf } from './repo-url.ts';

export type GitSettings = {
  /** As `checkRepoUrl` gives it. */
  repoUrl: string;
  /** The grant's URL, which stands for it. */
  gitProxyUrl: string;
  userName: string | null;
  userEmail: string | null;
};

const defaultUser = { name: 'Lucid Agent', email: 'agent@lucid.invalid' };

export function gitConfigOf({ repoUrl, gitProxyUrl, userName, userEmail }: GitSettings): string {
  const stem = stemOf(repoUrl);
  return [
    section('user', [
      ['name', identityOf(userName, defaultUser.name)],
      ['email', identityOf(userEmail, defaultUser.email)],
    ]),
    section('protocol "ext"', [['allow', 'never']]),
    section('fetch', [['recurseSubmodules', 'false']]),
    insteadOfSection(gitProxyUrl, [stem, `${stem}.git`]),
    ...neighbourSectionsOf(stem),
  ].join('');
}

/** What git takes for a URL's beginning is also that of `…/repo-docs`; a longer rule goes first, and leads to itself. */
const neighbourSectionsOf = (stem: string): string[] =>
  [stem, `${stem}.git`].flatMap((name) =>
    [...nameCharacters].map((next) => insteadOfSection(name + next, [name + next])),
  );

const nameCharacters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~+%';

const insteadOfSection = (base: string, prefixes: string[]): string =>
  section(
    `url ${quoteForGit(base)}`,
    prefixes.map((prefix) => ['insteadOf', prefix]),
  );

const section = (name: string, entries: [key: string, value: string][]): string =>
  `[${name}]\n${entries.map(([key, value]) => `\t${key} = ${quoteForGit(value)}\n`).join('')}`;

/** Whatever the text is, git reads it back as it was. */
const quoteForGit = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;

/** One line; git refuses to commit under a name of nothing but punctuation. */
function identityOf(given: string | null, otherwise: string): string {
  const line = (given ?? '').replace(/\p{C}+/gu, ' ').trim();
  return /[^\s.,:;<>"'\\]/.test(line) ? line : otherwise;
}
