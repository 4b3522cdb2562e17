// Which starts of the engine this storage folder has seen. Who starts here next knows at once which of them are dead, and
// need not wait until their silence says so.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { nameOfProcess } from '../setup/lock-directory.mjs';

/** A start of the engine that ended without a word is noted for so long: by then nobody needs to be told. */
const runNoteMs = 7 * 24 * 3_600_000;

/** A process by a name that no other one has, on a machine or in a container that keeps its name when it starts again. */
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

  /** The runs whose process was on this machine and is there no more, on whatever database. */
  async findDead(): Promise<string[]> {
    const runIds = await readdir(this.#folder).catch(() => []);
    const isDead = await Promise.all(runIds.map((runId) => this.#isDead(runId)));
    return runIds.filter((_, at) => isDead[at]);
  }

  async #isDead(runId: string): Promise<boolean> {
    try {
      const note = JSON.parse(await readFile(path.join(this.#folder, runId), 'utf8')) as Partial<Note>;
      if (note.machine !== hostname() || !note.process) return false;
      const isDead = nameOfProcess(Number.parseInt(note.process, 10)) !== note.process;
      if (isDead && Date.now() - (await stat(path.join(this.#folder, runId))).mtimeMs > runNoteMs)
        await this.remove([runId]); // Nobody on its database has started here since.
      return isDead;
    } catch {
      return false; // Half written: its silence will tell.
    }
  }
}
