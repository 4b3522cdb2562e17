// Who listens to what: a few names, each with its listeners.

export type Listener<Value> = (value: Value) => void;

/** A listener that throws keeps nobody else from hearing: what it threw is thrown behind them all. */
export function callAll<Value>(listeners: Iterable<Listener<Value>>, value: Value): void {
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

export class Emitter<Values extends object> {
  readonly #listeners = new Map<keyof Values, Set<Listener<never>>>();

  /** @returns what ends the listening */
  on<Name extends keyof Values>(name: Name, listener: Listener<Values[Name]>): () => void {
    const ofName = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, ofName.add(listener));
    return () => void ofName.delete(listener);
  }

  has(name: keyof Values): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  emit<Name extends keyof Values>(name: Name, value: Values[Name]): void {
    callAll((this.#listeners.get(name) ?? []) as Iterable<Listener<Values[Name]>>, value);
  }
}
