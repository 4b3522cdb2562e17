// A host thread whose agents harm it where their user asks for that, and otherwise the one of `actors/host-thread.ts`.
import { execFileSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads';
import type { ContextEntry, Model } from '../../actors/models/model.ts';
import { Models } from '../../actors/models/models.ts';
import { runHost } from '../../actors/run-host.ts';
import { succeeded } from '../../schema/error.ts';
import type { HostData } from '../../schema/thread.ts';

/** The thread that an engine starts in place of its own host thread. */
export const harmfulThread = new URL(import.meta.url);

const key = 'harms that may still be done';
if (isMainThread) setEnvironmentData(key, new Int32Array(new SharedArrayBuffer(4)));
const harmsLeft = getEnvironmentData(key) as Int32Array;

/** The count is shared by all hosts, since each dies with its memory. */
export function allowHarms(count: number): void {
  Atomics.store(harmsLeft, 0, count);
}

/** The harms that a user may ask for, as with `harm: loop`. */
export const harms = {
  throw: () => void setImmediate(() => Promise.reject(new Error('An agent threw.'))),
  exit: () => process.exit(1),
  loop: () => {
    for (;;);
  },
  regex: () => void /^(a+)+$/.test(`${'a'.repeat(60)}!`),
  block: () => void execFileSync('sleep', ['20']),
};
export type Harm = keyof typeof harms;

function findHarm(context: readonly ContextEntry[]): Harm | undefined {
  const message = context.findLast((entry) => entry.kind === 'user');
  const name = message?.kind === 'user' ? /^harm: (\w+)/.exec(message.text)?.[1] : undefined;
  return name !== undefined && name in harms ? (name as Harm) : undefined;
}

const makeHarmful = (model: Model): Model => ({
  name: model.name,
  contextTokensMax: model.contextTokensMax,
  answer: async (request, options) => {
    const harm = findHarm(request.context);
    if (harm && Atomics.sub(harmsLeft, 0, 1) > 0) {
      await delay(300); // The message must be stored by then, so that there is a turn to go on with.
      harms[harm]();
    }
    return model.answer(request, options);
  },
});

class HarmfulModels extends Models {
  override of(...asked: Parameters<Models['of']>): ReturnType<Models['of']> {
    const model = super.of(...asked);
    return model.ok ? succeeded(makeHarmful(model.value)) : model;
  }
}

export function runHostThread(data: HostData): Promise<void> {
  return runHost(data, new HarmfulModels(data.config.models, data.config.mockStepDelayMs));
}
