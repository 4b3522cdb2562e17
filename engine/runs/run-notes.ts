// Notes of the runs on this storage folder, by which the next start here knows at once which of them are dead and need not
// wait for their silence.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { nameOfProcess } from '../setup/lock-directory.mjs';

/** How long the note of a run that crashed is kept; by then its silence is long enough. */
const runNoteMs = 7 * 24 * 3_600_000;

/** The process of a run, by a name that no other process has, and its machine or container. */
type Note = { machine: string; process: string };

export class RunNotes {
  readonly #folder: string;

  /** @param base the folder that `WORKSPACE_BASE_PATH` names */
  constructor(base: string) {
    this.#folder = path.resolve(base, '.runs');
  }

  /** Notes that a run is this process's. */
  async add(runId: string): Promise<void> {
    const note: Note = { machine: hostname(), process: nameOfProcess(process.pid) ?? '' };
    await mkdir(this.#folder, { recursive: true });
    await writeFile(path.join(this.#folder, runId), JSON.stringify(note));
  }

  async remove(runIds: readonly string[]): Promise<void> {
    await Promise.all(runIds.map((runId) => rm(path.join(this.#folder, runId), { force: true })));
  }

  /** The runs, on any database, whose process was on this machine and is gone. */
  async findDead(): Promise<string[]> {
    const runIds = await readdir(this.#folder).catch(() => []);
    const isDead = await Promise.all(runIds.map((runId) => this.#isDead(runId)));
    return runIds.filter((_, at) => isDead[at]);
  }

  /** @returns the process id of another engine that runs on the folder, as far as that can be known: on this machine */
  async findOtherProcess(): Promise<number | undefined> {
    const runIds = await readdir(this.#folder).catch(() => []);
    const own = nameOfProcess(process.pid);
    const found = await Promise.all(runIds.map((runId) => this.#findLiving(runId)));
    const other = found.find((name) => name !== undefined && name !== own);
    return other === undefined ? undefined : Number.parseInt(other, 10);
  }

  /** The name of a run's process, where that lives on this machine. */
  async #findLiving(runId: string): Promise<string | undefined> {
    const note = await this.#read(runId);
    if (note?.machine !== hostname() || !note.process) return undefined;
    return nameOfProcess(Number.parseInt(note.process, 10)) === note.process ? note.process : undefined;
  }

  async #isDead(runId: string): Promise<boolean> {
    try {
      const note = await this.#read(runId);
      if (note?.machine !== hostname() || !note.process) return false;
      const isDead = nameOfProcess(Number.parseInt(note.process, 10)) !== note.process;
      if (isDead && Date.now() - (await stat(path.join(this.#folder, runId))).mtimeMs > runNoteMs)
        await this.remove([runId]); // No engine on its database has started here since.
      return isDead;
    } catch {
      return false; // It is gone meanwhile.
    }
  }

  /** @returns undefined for a half-written note; the run's silence counts then */
  async #read(runId: string): Promise<Partial<Note> | undefined> {
    try {
      return JSON.parse(await readFile(path.join(this.#folder, runId), 'utf8')) as Partial<Note>;
    } catch {
      return undefined;
    }
  }
}
