// Knows of one daemon of a pool whether it answers, and how many more containers it has room for.
import { setTimeout } from 'node:timers/promises';
import type Docker from 'dockerode';
import { reasonOf } from '../../../schema/reason-of.ts';
import { type DockerSettings, labels } from '../container-settings.ts';
import { openDaemon } from '../docker-client.ts';

/** How long what a daemon said of its room counts; within it the containers begun here are added. */
const roomAgeMsMax = 5_000;
/** After so long without an answer a daemon is away, and its sessions go on elsewhere: shorter than a restart of a machine. */
const daemonSilenceMs = 10_000;
const askAgainMs = 500;
/** How long what was seen of its silence counts: it may have been back since, and be silent for a moment only. */
const silenceAgeMsMax = 60_000;

/** `places`: how many more containers fit into its memory. `containers`: those that are there, of any engine. */
export type DaemonRoom = { places: number; containers: number };

type Asked = { room: DaemonRoom | undefined; problem: string | undefined; atMs: number };

export class DaemonWatch {
  readonly docker: Docker;
  readonly #memoryBytes: number;
  readonly #silenceMs: number;
  /** The last answer about its room; `begun` containers since aren't in it. */
  #asked: Asked | undefined;
  #asking: Promise<Asked> | undefined;
  #begun = 0;
  /** Whether a call has failed since it answered last. */
  #isDoubtful = false;
  #judging: Promise<boolean> | undefined;
  /** Since when it was seen to answer nothing: one that is away is asked once more, and not waited for again. */
  #silence: { sinceMs: number; seenMs: number } | undefined;

  constructor({ daemon, memoryBytes }: Pick<DockerSettings, 'daemon' | 'memoryBytes'>, silenceMs = daemonSilenceMs) {
    this.#memoryBytes = memoryBytes;
    this.#silenceMs = silenceMs;
    this.docker = openDaemon(daemon, () => {
      this.#isDoubtful = true;
    });
  }

  /** Its room, as of the last seconds; undefined where it doesn't say. */
  async measureRoom(): Promise<DaemonRoom | undefined> {
    const { room } = await this.#askOnce();
    return room && { ...room, places: room.places - this.#begun };
  }

  /** Why it doesn't say how much room it has; undefined where it does. */
  async findProblem(): Promise<string | undefined> {
    return (await this.#askOnce()).problem;
  }

  noteBegun(): void {
    this.#begun++;
  }

  /** Whether it is away: it has answered nothing for a while. Costs nothing as long as calls succeed. */
  isAway(): Promise<boolean> {
    if (!this.#isDoubtful) return Promise.resolve(false);
    this.#judging ??= this.#judge().finally(() => {
      this.#judging = undefined;
    });
    return this.#judging;
  }

  async #judge(): Promise<boolean> {
    const beganMs = performance.now();
    const { sinceMs: knownMs = beganMs, seenMs = beganMs } = this.#silence ?? {};
    const sinceMs = beganMs - seenMs < silenceAgeMsMax ? knownMs : beganMs;
    for (;;) {
      if (await this.#answers()) {
        this.#isDoubtful = false;
        this.#silence = undefined;
        return false;
      }
      this.#silence = { sinceMs, seenMs: performance.now() };
      if (performance.now() >= sinceMs + this.#silenceMs) return true;
      await setTimeout(askAgainMs);
    }
  }

  #answers(): Promise<boolean> {
    return this.docker.ping().then(
      () => true,
      () => false,
    );
  }

  #askOnce(): Promise<Asked> {
    if (this.#asked && performance.now() - this.#asked.atMs < roomAgeMsMax) return Promise.resolve(this.#asked);
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<Asked> {
    this.#begun = 0;
    const [room, problem] = await this.#countRoom().then(
      (counted) => [counted, undefined] as const,
      (error: unknown) => [undefined, reasonOf(error)] as const,
    );
    this.#asked = { room, problem, atMs: performance.now() };
    return this.#asked;
  }

  async #countRoom(): Promise<DaemonRoom> {
    const label = [`${labels.managed}=true`, labels.session];
    const status = ['running', 'paused', 'created'];
    const [{ MemTotal }, containers] = await Promise.all([
      this.docker.info() as Promise<{ MemTotal: number }>,
      this.docker.listContainers({ all: true, filters: { label, status } }),
    ]);
    const fitting = Math.floor(MemTotal / this.#memoryBytes);
    return { places: fitting - containers.length, containers: containers.length };
  }
}
