// What a session knows of its project: surveyed once, recorded as events, and added to when work reaches a folder with notes.
import path from 'node:path/posix';
import { repositoryPath } from '../../sandbox/git/repository.ts';
import { type Sandbox, workspace } from '../../sandbox/sandbox.ts';
import { operatorSkillsFolder } from '../../sandbox/workspace/workspace-path.ts';
import type { Outcome } from '../../schema/error.ts';
import type { Role, StoredEvent } from '../../schema/event.ts';
import type { Tree } from '../../schema/file.ts';
import type { OperatorSkill } from '../../schema/thread.ts';
import type { ToolEvent } from '../tools/tool.ts';
import { folderNotesEventType, isKnowledge, surveyEventType } from './knowledge-events.ts';
import {
  findReachedNotes,
  folderNotesBytesMax,
  noteNames,
  rootNotesBytesMax,
  type Touched,
  toldFoldersMax,
} from './project-notes.ts';
import { readSkill, type Skill, skillHeadBytesMax } from './skills.ts';
import { readSurvey, type Survey, writeSurveyCommand } from './survey-command.ts';
import { type Notes, writeFolderNotes, writeKnowledge } from './write-knowledge.ts';
import { writeTop } from './write-top.ts';

/** A survey takes 30 ms, of a repository of 100,000 files a second or two; what it had by then is told. */
const surveyTimeoutMs = 5_000;

export type KnowledgeDependencies = {
  /** The session's events, of which the older ones may be missing. */
  events: readonly StoredEvent[];
  /** Those of its knowledge, of clones and of emptied workspaces that are older than these. */
  olderEvents: readonly StoredEvent[];
  recordEvent(recorded: ToolEvent & { role: Role }): StoredEvent;
  operatorSkills: readonly OperatorSkill[];
};

export class Knowledge {
  readonly #dependencies: KnowledgeDependencies;
  /** Kept apart, since the session's older events leave memory. */
  readonly #known: StoredEvent[];
  /** The last event whose call was looked at for the folders that it reaches. */
  #seenThrough: number;

  constructor(dependencies: KnowledgeDependencies) {
    this.#dependencies = dependencies;
    const { events, olderEvents } = dependencies;
    const first = events[0]?.sequence ?? 1;
    this.#known = [...olderEvents.filter(({ sequence }) => sequence < first), ...events].filter(isKnowledge);
    this.#seenThrough = events.at(-1)?.sequence ?? 0;
  }

  /** What was recorded of it, in order. */
  get events(): readonly StoredEvent[] {
    return this.#known;
  }

  /** Looks at the workspace, where that wasn't done since it was last filled. */
  async surveyOnce(sandbox: Sandbox, signal: AbortSignal): Promise<void> {
    if (sandbox.kind === 'memory' || this.#isSurveyed) return;
    const { folder, files } = await listProject(sandbox);
    const inSandbox = folder.replace(workspace, sandbox.root);
    const command = writeSurveyCommand(inSandbox);
    const result = await sandbox.run(command, { signal, timeoutMs: surveyTimeoutMs, isSeparate: true });
    if (signal.aborted || !result.ok) return;
    const survey = readSurvey(result.value.output);
    const [notes, skills, ours] = await Promise.all([
      readRootNotes(sandbox, folder),
      readSkills(sandbox, folder, survey),
      bringSkills(sandbox, this.#dependencies.operatorSkills),
    ]);
    const top = files.ok ? writeTop(files.value, folder) : undefined;
    if (!survey.git && top === undefined && !notes && skills.length + ours.length === 0) return; // There is nothing to tell.
    const content = writeKnowledge({ survey, folder: inSandbox, files: top, notes, skills: [...ours, ...skills] });
    this.#record(surveyEventType, content, { path: folder, notes: survey.folderNotes });
  }

  /** Gives the model the notes of folders that its calls have reached since it was last asked. */
  async tellReached(sandbox: Sandbox): Promise<void> {
    const survey = this.#known.findLast(({ eventType }) => eventType === surveyEventType);
    const { path: folder, notes = [] } = survey?.metadata ?? {};
    if (folder === undefined || notes.length === 0) {
      this.#seenThrough = this.#dependencies.events.at(-1)?.sequence ?? this.#seenThrough;
      return;
    }
    const calls = this.#listUnseen();
    const told = new Set(this.#known.map(({ metadata }) => metadata?.path));
    const left = notes.filter((note) => !told.has(path.join(folder, note)));
    const room = toldFoldersMax - (notes.length - left.length);
    for (const note of findReachedNotes(calls, folder, left).slice(0, Math.max(0, room))) {
      const text = await readNotes(sandbox, folder, note, folderNotesBytesMax);
      if (text) this.#record(folderNotesEventType, writeFolderNotes(text), { path: path.join(folder, note) });
    }
  }

  #listUnseen(): Touched[] {
    const unseen = this.#dependencies.events.filter(({ sequence }) => sequence > this.#seenThrough);
    this.#seenThrough = unseen.at(-1)?.sequence ?? this.#seenThrough;
    return unseen.flatMap(({ metadata }) =>
      metadata?.toolCall ? [{ path: metadata.path, command: metadata.command }] : [],
    );
  }

  /** Before the first step, and again where the workspace was emptied or cloned again: the agent knows what it has done since. */
  get #isSurveyed(): boolean {
    const { events, olderEvents } = this.#dependencies;
    const surveyed = this.#known.findLast(({ eventType }) => eventType === surveyEventType)?.sequence ?? -1;
    const filled = [...olderEvents, ...events].findLast(({ eventType }) => refills.has(eventType))?.sequence ?? 0;
    const answered = events.findLast(({ metadata }) => metadata?.answerId !== undefined)?.sequence ?? -1;
    return Math.max(surveyed, answered) > filled;
  }

  #record(eventType: string, content: string, metadata: ToolEvent['metadata']): void {
    this.#known.push(this.#dependencies.recordEvent({ role: 'system', eventType, content, metadata }));
  }
}

const refills: ReadonlySet<string> = new Set(['RepositoryCloned', 'WorkspaceEmptied']);

/** The repository where there is one, otherwise the whole workspace, and its files. */
async function listProject(sandbox: Sandbox): Promise<{ folder: string; files: Outcome<Tree> }> {
  const files = await sandbox.list(repositoryPath);
  return files.ok ? { folder: repositoryPath, files } : { folder: workspace, files: await sandbox.list() };
}

async function readRootNotes(sandbox: Sandbox, folder: string): Promise<Notes | undefined> {
  for (const name of noteNames) {
    const notes = await readNotes(sandbox, folder, name, rootNotesBytesMax);
    if (notes) return notes;
  }
  return undefined;
}

/** A link is followed inside of the workspace only, as for every reader of files. */
async function readNotes(sandbox: Sandbox, folder: string, name: string, bytesMax: number): Promise<Notes | undefined> {
  const read = await sandbox.read(path.join(folder, name), { length: bytesMax });
  if (!read.ok) return undefined;
  const text = Buffer.from(read.value.content, read.value.encoding ?? 'utf8').toString('utf8');
  if (text.trim() === '' || text.includes('\0')) return undefined;
  return { path: name, text, isCut: Buffer.byteLength(text) >= bytesMax };
}

async function readSkills(sandbox: Sandbox, folder: string, { skillFiles }: Survey): Promise<Skill[]> {
  const skills = await Promise.all(
    skillFiles.map(async (file) => {
      const notes = await readNotes(sandbox, folder, file, skillHeadBytesMax);
      return notes && readSkill(notes.text, file);
    }),
  );
  return skills.filter((skill) => skill !== undefined);
}

/** Writes the operator's skills into the workspace, outside of the project. */
async function bringSkills(sandbox: Sandbox, skills: readonly OperatorSkill[]): Promise<Skill[]> {
  const brought: Skill[] = [];
  for (const { name, description, files } of skills) {
    const folder = path.join(workspace, operatorSkillsFolder, name);
    for (const file of files) await sandbox.write(path.join(folder, file.path), file.bytes);
    brought.push({ name, description, path: `${folder.replace(workspace, sandbox.root)}/SKILL.md` });
  }
  return brought;
}
