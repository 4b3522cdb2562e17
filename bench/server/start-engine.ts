// Starts the engine in a process of its own, with the environment of a measurement.
import { Child } from '../processes/child.ts';
import type { EngineAddress, EngineAnswers, EngineOptions } from './engine.ts';

export type RunningEngine = { process: Child<EngineAnswers>; address: EngineAddress };

/** @param checkout whose engine is started */
export async function startEngine(checkout: string, options: EngineOptions): Promise<RunningEngine> {
  const process = new Child<EngineAnswers>('server/engine.ts', { hasFolder: true, checkout });
  return { process, address: await process.ask('start', options) };
}
