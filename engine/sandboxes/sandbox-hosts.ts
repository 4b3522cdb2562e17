// What the engine knows of the pool of daemons that its sandboxes are spread over: which answer, and how much room they have.
import { type DaemonRoom, DaemonWatch } from '../../sandbox/docker/pool/daemon-watch.ts';
import { PeriodicCheck } from '../../sandbox/scheduling/periodic-check.ts';
import type { DockerConfig } from '../../schema/thread.ts';
import type { SandboxCheck } from './sandbox-check.ts';

const lookIntervalMs = 15_000;

/** `problem`: why no sandbox can be begun there; undefined where one can. */
export type SandboxHost = { name: string; room: DaemonRoom | undefined; problem: string | undefined };

type Watched = { name: string; watch: DaemonWatch; room: DaemonRoom | undefined; problem: string | undefined };
type Checked = Pick<SandboxCheck, 'name' | 'problem'>;

export class SandboxHosts {
  readonly #watched: readonly Watched[];
  readonly #checks: readonly Checked[];
  readonly #look = new PeriodicCheck({
    intervalMs: lookIntervalMs,
    runCheck: () => this.#lookAtAll(),
    onFailed: () => undefined, // What a daemon says of its trouble is noted at the daemon.
  });

  constructor(settings: readonly DockerConfig[], checks: readonly Checked[]) {
    this.#checks = checks;
    this.#watched = settings.map((one) => ({
      name: one.daemon?.name ?? '',
      watch: new DaemonWatch(one),
      room: undefined,
      problem: 'it has not been asked yet',
    }));
  }

  start(): void {
    this.#look.start();
  }

  close(): void {
    this.#look.close();
  }

  readonly list = (): SandboxHost[] =>
    this.#watched.map(({ name, room, problem }) => ({
      name,
      room,
      problem: problem ?? this.#checks.find((check) => check.name === name)?.problem,
    }));

  /** The words of `GET /`: how many of them can have sandboxes, and what is wrong with the others. */
  get description(): string {
    const hosts = this.list();
    const usable = hosts.filter(({ problem }) => problem === undefined);
    const troubles = hosts.flatMap(({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]));
    return [`docker on ${usable.length} of ${hosts.length} hosts`, ...troubles].join('; ');
  }

  async #lookAtAll(): Promise<void> {
    await Promise.all(
      this.#watched.map(async (one) => {
        one.room = await one.watch.measureRoom();
        one.problem = await one.watch.findProblem();
      }),
    );
  }
}
