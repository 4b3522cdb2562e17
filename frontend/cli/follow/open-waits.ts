// What the agent waits for and nobody here has replied to yet, in the order of its calls.
import type { SessionEvent, WaitingFor } from '../../client/index.ts';

/** A call can ask more than once, each time until another moment. */
const keyOf = ({ toolCallId, until }: WaitingFor) => `${toolCallId} ${until}`;

export class OpenWaits {
  readonly #heard = new Set<string>();
  /** The one whose lines were shown last: what is replied to stands right above. */
  #shown: string | undefined;
  readonly #replied = new Set<string>();
  readonly #announced = new Set<string>();
  #open: readonly WaitingFor[] = [];

  take(event: SessionEvent, isShown: boolean): void {
    if (event.type !== 'agent_event' || !event.waitingFor) return;
    const key = keyOf(event.waitingFor);
    this.#heard.add(key);
    this.#shown = isShown ? key : undefined;
  }

  /** @param waiting as the engine has it */
  update(waiting: readonly WaitingFor[]): void {
    this.#open = waiting;
    const keys = new Set(waiting.map(keyOf));
    for (const kept of [this.#replied, this.#announced]) for (const key of kept) if (!keys.has(key)) kept.delete(key);
  }

  /** What is replied to next. */
  get current(): WaitingFor | undefined {
    return this.#open.find((wait) => this.#heard.has(keyOf(wait)) && !this.#replied.has(keyOf(wait)));
  }

  /** The current one, once; with it whether its lines were the last that were shown. */
  takeNew(): { wait: WaitingFor; isShown: boolean } | undefined {
    const wait = this.current;
    if (!wait || this.#announced.has(keyOf(wait))) return undefined;
    const isShown = this.#shown === keyOf(wait);
    this.#announced.add(keyOf(wait));
    this.#shown = keyOf(wait);
    return { wait, isShown };
  }

  reply(wait: WaitingFor): void {
    this.#replied.add(keyOf(wait));
  }

  /** The engine didn't take the reply. */
  reopen(wait: WaitingFor): void {
    this.#replied.delete(keyOf(wait));
    this.#announced.delete(keyOf(wait));
  }
}
