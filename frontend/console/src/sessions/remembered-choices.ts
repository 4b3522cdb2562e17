// The choices of the last task, kept by the browser for the next one; never what is secret.

/** The fields of a new task beside what it says; '' where nothing was chosen. */
export type Choices = {
  repoUrl: string;
  branch: string;
  modelProvider: string;
  /** With its provider: `anthropic/…`. */
  model: string;
  effort: string;
  /** US dollars, as they were typed. */
  budgetUsd: string;
  /** When a person is asked: a mode of a policy. */
  mode: string;
  instructions: string;
  gitUserName: string;
  gitUserEmail: string;
  projectId: string;
};
export type Secrets = { gitToken: string; apiKey: string };

export const noChoices: Choices = {
  repoUrl: '',
  branch: '',
  modelProvider: '',
  model: '',
  effort: '',
  budgetUsd: '',
  mode: '',
  instructions: '',
  gitUserName: '',
  gitUserEmail: '',
  projectId: '',
};
export const noSecrets: Secrets = { gitToken: '', apiKey: '' };

type Remembered = { choices: Choices; repositories: readonly string[] };

/** Repositories that are offered: as many as one reads at once. */
const repositoriesMax = 8;

/** @param stored what the browser kept; anything else than what was written counts as nothing */
export function readRemembered(stored: string | null): Remembered {
  const { choices, repositories } = parseObject(stored);
  const kept = Object(choices) as Record<string, unknown>;
  const names = Object.keys(noChoices) as (keyof Choices)[];
  return {
    choices: Object.fromEntries(names.map((name) => [name, textOf(kept[name])])) as Choices,
    repositories: Array.isArray(repositories) ? repositories.map(textOf).filter((url) => url !== '') : [],
  };
}

export function writeRemembered({ repositories }: Remembered, choices: Choices): string {
  const repoUrl = removeCredentials(choices.repoUrl);
  const others = repositories.filter((url) => url !== repoUrl);
  return JSON.stringify({
    choices: { ...choices, repoUrl },
    repositories: [repoUrl, ...others].filter((url) => url !== '').slice(0, repositoriesMax),
  });
}

/** A user or token in a URL isn't kept; neither is a text that is no URL, which may be one that was pasted wrong. */
export function removeCredentials(text: string): string {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol)) return '';
  return `${url.protocol}//${url.host}${url.pathname}`;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function parseObject(stored: string | null): Record<string, unknown> {
  try {
    return Object(JSON.parse(stored ?? '{}'));
  } catch {
    return {}; // Somebody else's words under this name.
  }
}
