// The operator's own files for agents: instructions for all of them, and skills.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readSkill, skillsMax } from '../../actors/knowledge/skills.ts';
import type { OperatorSkill } from '../../schema/thread.ts';
import { type FileRead, refuseFile, refuseUnreadable } from './file-reading.ts';

/** Some 8,000 tokens, which every request carries. */
export const instructionsBytesMax = 32 * 1024;
/** Of all skills together: each session that begins writes them into its sandbox. */
const skillFilesMax = 200;
const skillBytesMax = 2 * 1024 * 1024;

export const skillsFolderAccepts =
  `the path of a folder with at most ${skillsMax} folders that have a SKILL.md with name and description, ` +
  `${skillFilesMax} files and ${skillBytesMax} bytes in all`;

export function readInstructions(file: string): FileRead<string> {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > instructionsBytesMax) return refuseFile(`which has ${bytes.length} bytes`);
    return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return refuseUnreadable(error, ' as text');
  }
}

/** Refuses a folder that holds too much, or a folder that is no skill, too. */
export function readSkillsFolder(folder: string): FileRead<OperatorSkill[]> {
  try {
    const names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
    if (names.length > skillsMax) return refuseFile(`which has ${names.length} folders`);
    const skills: OperatorSkill[] = [];
    for (const name of names) {
      const skill = readSkillFolder(path.join(folder, name));
      if (!skill) return refuseFile(`in which ${name}/SKILL.md has no front matter with a description`);
      skills.push(skill);
    }
    return checkSkillSizes(skills);
  } catch (error) {
    return refuseUnreadable(error);
  }
}

function checkSkillSizes(skills: OperatorSkill[]): FileRead<OperatorSkill[]> {
  const files = skills.flatMap((skill) => skill.files);
  if (files.length > skillFilesMax) return refuseFile(`which has more than ${skillFilesMax} files`);
  const bytes = files.reduce((total, file) => total + file.bytes.length, 0);
  if (bytes > skillBytesMax) return refuseFile(`whose files have more than ${skillBytesMax} bytes`);
  return { ok: true, value: skills };
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
