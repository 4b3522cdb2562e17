// Commands in the background of a test, which end when it says so.

import type {
  Background,
  BackgroundReading,
  BackgroundReadOptions,
  EndedCommand,
} from '../../sandbox/background/background.ts';
import { MemorySandbox } from '../../sandbox/memory/memory-sandbox.ts';
import { failed, type Outcome, succeeded } from '../../schema/error.ts';

class FakeBackground implements Background {
  isActive = false;
  readonly asked: { [field: string]: unknown }[] = [];
  reading: Outcome<BackgroundReading> = succeeded({ command: 'npm start', output: '' });
  canStart = true;
  /** Whether whoever listens was told that some may run. */
  mayRun: boolean | undefined;
  #onEnd: ((ended: EndedCommand) => Promise<void>) | undefined;

  async start(command: string, isTerminal: boolean): Promise<Outcome<string>> {
    this.asked.push({ command, isTerminal });
    this.isActive = this.canStart;
    return this.canStart ? succeeded('1') : failed('sandboxFailed', 'There is no room.');
  }

  async read(id: string, { signal: _, ...options }: BackgroundReadOptions): Promise<Outcome<BackgroundReading>> {
    this.asked.push({ id, ...options });
    return this.reading;
  }

  listen(onEnd: (ended: EndedCommand) => Promise<void>, mayRun: boolean): void {
    this.#onEnd = onEnd;
    this.mayRun = mayRun;
  }

  /** Resolves when the end is stored. */
  async end(ended: EndedCommand): Promise<void> {
    this.isActive = false;
    await this.#onEnd?.(ended);
  }
}

export class BackgroundSandbox extends MemorySandbox {
  readonly background = new FakeBackground();
}
