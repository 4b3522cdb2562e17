// The operator's own files for agents: instructions for all of them, and skills.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readSkill, skillsMax } from '../../actors/knowledge/skills.ts';
import type { OperatorSkill } from '../../schema/thread.ts';

/** Some 8,000 tokens, which every request carries. */
export const instructionsBytesMax = 32 * 1024;
/** Of all skills together: each session that begins writes them into its sandbox. */
const skillFilesMax = 200;
const skillBytesMax = 2 * 1024 * 1024;

export const skillsFolderAccepts =
  `the path of a folder with at most ${skillsMax} folders that have a SKILL.md with name and description, ` +
  `${skillFilesMax} files and ${skillBytesMax} bytes in all`;

/** @returns undefined for what can't be read, is too large or isn't text */
export function readInstructions(file: string): string | undefined {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > instructionsBytesMax) return undefined;
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** @returns undefined for a folder that can't be read, holds too much, or has a folder that is no skill */
export function readSkillsFolder(folder: string): OperatorSkill[] | undefined {
  try {
    const skills = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => readSkillFolder(path.join(folder, name)));
    const found = skills.filter((skill) => skill !== undefined);
    const files = found.flatMap((skill) => skill.files);
    const bytes = files.reduce((total, file) => total + file.bytes.length, 0);
    const fits = found.length <= skillsMax && files.length <= skillFilesMax && bytes <= skillBytesMax;
    return fits && found.length === skills.length ? found : undefined;
  } catch {
    return undefined;
  }
}

function readSkillFolder(folder: string): OperatorSkill | undefined {
  const name = path.basename(folder);
  const skill = readSkill(readFileSync(path.join(folder, 'SKILL.md'), 'utf8'), `${name}/SKILL.md`);
  if (!skill) return undefined;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => ({ path: file, whole: path.join(folder, file) }))
    .filter(({ whole }) => statSync(whole).isFile())
    .slice(0, skillFilesMax + 1)
    .map(({ path: file, whole }) => ({ path: file, bytes: readBounded(whole) }));
  return { name, description: skill.description, files };
}

/** Reads no file that alone is more than all may be; its size then says so. */
const readBounded = (file: string): Uint8Array =>
  statSync(file).size > skillBytesMax ? new Uint8Array(skillBytesMax + 1) : new Uint8Array(readFileSync(file));
