// Which events are new, in which order they are told, and what is missing: by their positions alone.
import type { Position, SessionEvent } from './frames.ts';

/** Events that the engine has lost, or that it can't be asked for: nothing is left out without this. */
export type Gap =
  /** The position wasn't believed, as after a database was restored: all events come again, from the first on. */
  | { reason: 'notRecovered'; position: Position }
  /** These were never sent, and those behind them were. */
  | { reason: 'missing'; fromSequence: number; toSequence: number };

export type Told = { kind: 'event'; event: SessionEvent } | { kind: 'gap'; gap: Gap };

/** Acknowledgements that are kept until their turn: more than there can be commands under way. */
const earlyMax = 200;

export class Track {
  #position: Position;
  /** A command that is sent again is answered at once, before the events that come first. */
  readonly #early = new Map<number, SessionEvent>();

  constructor(position: Position = { epoch: 0, sequence: 0 }) {
    this.#position = position;
  }

  get position(): Position {
    return this.#position;
  }

  /** The engine has said from where it goes on. */
  attach(isRecovered: boolean): Told[] {
    if (isRecovered || this.#position.sequence === 0) return [];
    const position = this.#position;
    this.#position = { epoch: 0, sequence: 0 };
    this.#early.clear();
    return [{ kind: 'gap', gap: { reason: 'notRecovered', position } }];
  }

  /** @returns what is to be told now: nothing for an event that was told already */
  take(event: SessionEvent): Told[] {
    const isNext = event.sequence === this.#position.sequence + 1;
    if (event.sequence <= this.#position.sequence) return [];
    if (event.type === 'ack' && !isNext && this.#early.size < earlyMax) {
      this.#early.set(event.sequence, event); // What comes between is on its way.
      return [];
    }
    const before = [...this.#early.values()].filter(({ sequence }) => sequence < event.sequence);
    return [...before.sort((one, other) => one.sequence - other.sequence), event].flatMap((each) => this.#tell(each));
  }

  #tell(event: SessionEvent): Told[] {
    const { epoch, sequence } = event;
    const fromSequence = this.#position.sequence + 1;
    this.#early.delete(sequence);
    this.#position = { epoch, sequence };
    const told: Told = { kind: 'event', event };
    if (sequence === fromSequence) return [told];
    return [{ kind: 'gap', gap: { reason: 'missing', fromSequence, toSequence: sequence - 1 } }, told];
  }
}
