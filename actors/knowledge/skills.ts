// Skills: folders with a `SKILL.md` that says in its front matter what it is for. Pure.
import { parse } from 'yaml';
import { cutText } from '../../schema/rules/text.ts';

/** Skills that a prompt names; each takes some 50 tokens of every request. */
export const skillsMax = 20;
/** Of a skill's file, as much as its front matter needs. */
export const skillHeadBytesMax = 4 * 1024;
const descriptionCharsMax = 300;

/** The folders in which tools of this kind keep a repository's skills. */
export const skillPatterns: readonly string[] = ['.agents', '.claude', '.lucid'].map(
  (folder) => `${folder}/skills/*/SKILL.md`,
);

export type Skill = { name: string; description: string; path: string };

/**
 * @param head the beginning of the skill's file
 * @param path where an agent finds the file
 * @returns undefined for a file without front matter that names a description
 */
export function readSkill(head: string, path: string): Skill | undefined {
  const [, frontMatter] = /^\ufeff?---\r?\n([\s\S]*?)\r?\n---(?:\r?\n|$)/.exec(head) ?? [];
  if (frontMatter === undefined) return undefined;
  const fields = parseYaml(frontMatter);
  const folder = path.split('/').at(-2) ?? '';
  const description = inOneLine(fields.description);
  return description === '' ? undefined : { name: inOneLine(fields.name) || folder, description, path };
}

/** Front matter of others may be no YAML, and then the skill isn't named. */
function parseYaml(text: string): Record<string, unknown> {
  try {
    const value: unknown = parse(text, { maxAliasCount: 0, logLevel: 'error' });
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const inOneLine = (value: unknown): string =>
  typeof value === 'string' ? cutText(value.replaceAll(/\s+/g, ' ').trim(), descriptionCharsMax) : '';
