// The stage of a task: a whole engine that acts in Docker, a stand-in for the providers, and a client.
import type { ProviderName } from '../../../schema/session.ts';
import type { TurnAnswers, TurnResult } from '../../generators/turn-load.ts';
import { Child } from '../../processes/child.ts';
import { makeDockerOptions } from '../../sandboxes/start-sandboxes.ts';
import { type RunningEngine, startEngine } from '../../server/start-engine.ts';
import type { ProviderAnswers, ProviderLog } from '../../stand-ins/provider/provider.ts';

/** A task's commands, one a step, and what the observation of each looks like, as far as a frame carries it. */
export type Task = { provider: ProviderName; commands: string[]; output: RegExp };

export type PlayedTask = TurnResult & ProviderLog;

/** The stand-in takes any. */
const key = 'stand-in-key-0123456789';

export class TaskStage {
  readonly engine: RunningEngine;
  readonly #provider: Child<ProviderAnswers>;
  readonly #client: Child<TurnAnswers>;

  private constructor(engine: RunningEngine, provider: Child<ProviderAnswers>) {
    this.engine = engine;
    this.#provider = provider;
    this.#client = new Child<TurnAnswers>('generators/turn-load.ts');
  }

  /** @param stepsMax of a task, the last one included, which runs nothing */
  static async open(checkout: string, stepsMax: number, variables: Record<string, string> = {}): Promise<TaskStage> {
    const provider = new Child<ProviderAnswers>('stand-ins/provider/provider.ts');
    const { engineId, environment } = makeDockerOptions();
    const engine = await startEngine(checkout, {
      dropsRows: false,
      engineId,
      environment: {
        ...environment,
        LLM_BASE_URL: await provider.ask('start'),
        LLM_API_KEY: key,
        MAX_ITERATIONS: String(stepsMax + 1), // The last step within it is told to end the turn.
        ...variables,
      },
    });
    return new TaskStage(engine, provider);
  }

  /** Plays the task in one session. @throws where an observation isn't as the task has it */
  async play({ provider, commands, output }: Task): Promise<PlayedTask> {
    await this.#provider.ask('play', commands);
    const firstMessage = { task: 'Run the commands', modelProvider: provider };
    const turn = await this.#client.ask('run', { target: this.engine.address, firstMessage });
    const played = await this.#provider.ask('played');
    const other = turn.observed.find((observed) => !output.test(observed));
    if (other !== undefined) throw new Error(`A command printed ${JSON.stringify(other)}.`);
    const { length } = commands;
    if (turn.observed.length !== length || turn.actionsAtMs.length !== length)
      throw new Error(`Of ${length} commands the client saw ${turn.observed.length} run.`);
    return { ...turn, ...played };
  }

  async close(): Promise<void> {
    await Promise.all([this.engine.process, this.#provider, this.#client].map((child) => child.end()));
  }
}
