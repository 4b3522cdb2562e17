// Starts the engine in a process of its own, with what it needs for being measured.
import { Child } from '../processes/child.ts';
import type { EngineAddress, EngineAnswers, EngineOptions } from './engine.ts';

export type RunningEngine = { process: Child<EngineAnswers>; address: EngineAddress };

/** @param checkout the folder of the one whose engine it is */
export async function startEngine(checkout: string, options: EngineOptions): Promise<RunningEngine> {
  const process = new Child<EngineAnswers>('server/engine.ts', { hasFolder: true, checkout });
  return { process, address: await process.ask('start', options) };
}
