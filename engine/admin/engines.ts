// All engines on the database, as their beats say, and the drain of any of them, which a word in its row asks for.
import { v7 as uuid } from 'uuid';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { AskedOfRun } from '../../schema/ownership.ts';
import type { AdminEngines } from '../../schema/protocol/routes/admin-engines.ts';
import { cleanText, formatTime } from '../../schema/rules/text.ts';
import type { ReadQueries, WriteQueries } from '../database/bounded-queries.ts';
import { type EngineRun, runSilenceMs } from '../runs/engine-run.ts';
import { selectEngines } from './queries/select-engines.ts';
import { updateAskedDrain } from './queries/update-asked-drain.ts';

export type EnginesDependencies = {
  queries: Pick<ReadQueries, 'any'> & Pick<WriteQueries, 'maybeOne'>;
  run: Pick<EngineRun, 'id'>;
};

type Engine = AdminEngines['engines'][number];

export class Engines {
  readonly #dependencies: EnginesDependencies;

  constructor(dependencies: EnginesDependencies) {
    this.#dependencies = dependencies;
  }

  async list(): Promise<AdminEngines> {
    const { queries, run } = this.#dependencies;
    const rows = await queries.any(selectEngines(runSilenceMs));
    const engines = rows.map(
      ({ beatAtMs, ...row }): Engine => ({
        ...row,
        isThis: row.runId === run.id,
        beatAt: beatAtMs === null ? null : formatTime(beatAtMs),
      }),
    );
    return { engines, total: totalOf(engines) };
  }

  /** The engine begins with its next beat, within a second or so. */
  beginDrain(id: string, withinMs: number): Promise<Outcome<{ runId: string; asked: 'drain' }>> {
    return this.#ask(id, { id: uuid(), act: 'drain', withinMs });
  }

  cancelDrain(id: string): Promise<Outcome<{ runId: string; asked: 'undrain' }>> {
    return this.#ask(id, { id: uuid(), act: 'undrain' });
  }

  async #ask<Asked extends AskedOfRun>(
    id: string,
    asked: Asked,
  ): Promise<Outcome<{ runId: string; asked: Asked['act'] }>> {
    const runId = cleanText(id); // PostgreSQL takes no other text.
    const row = await this.#dependencies.queries.maybeOne(updateAskedDrain(runId, asked));
    return row ? succeeded({ runId, asked: asked.act }) : noSuchEngine;
  }
}

/** The living ones together. */
function totalOf(all: readonly Engine[]): AdminEngines['total'] {
  const living = all.filter(({ beatAt }) => beatAt !== null);
  const sum = (name: keyof NonNullable<Engine['load']>) =>
    living.reduce((sum, { load }) => sum + (load?.[name] ?? 0), 0);
  return {
    engines: living.length,
    liveSessions: all.reduce((sum, { liveSessions }) => sum + liveSessions, 0),
    sessions: sum('sessions'),
    working: sum('working'),
    sockets: sum('sockets'),
    hosts: sum('hosts'),
    fullHosts: sum('fullHosts'),
    sandboxes: sum('sandboxes'),
    versions: [...new Set(living.map(({ version }) => version ?? 'unknown'))].toSorted(),
  };
}

const noSuchEngine = failed('noSuchEngine', 'No living engine has that run; GET /api/v1/admin/engines lists them.');
