// A source whose modules are loaded when its first sandbox is asked for.
import type { Outcome } from '../schema/error.ts';
import type { OpenedSandbox, SandboxOwner, SandboxRequest, SandboxSource } from './sandbox-source.ts';

export class LateSource implements SandboxSource {
  readonly #load: () => Promise<SandboxSource>;
  #source: Promise<SandboxSource> | undefined;

  constructor(load: () => Promise<SandboxSource>) {
    this.#load = load;
  }

  async open(request: SandboxRequest): Promise<Outcome<OpenedSandbox>> {
    return (await this.#loadOnce()).open(request);
  }

  async remove(owner: SandboxOwner): Promise<void> {
    await (await this.#loadOnce()).remove(owner);
  }

  async close(): Promise<void> {
    await (await this.#source)?.close();
  }

  #loadOnce(): Promise<SandboxSource> {
    this.#source ??= this.#load();
    return this.#source;
  }
}
