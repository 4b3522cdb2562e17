// Starts the engine in a process of its own, with what it needs for being measured.
import { Child } from '../processes/child.ts';
import type { EngineAddress, EngineAnswers, EngineOptions } from './engine.ts';

export type RunningEngine = { process: Child<EngineAnswers>; address: EngineAddress };

export async function startEngine(options: EngineOptions): Promise<RunningEngine> {
  const process = new Child<EngineAnswers>('server/engine.ts', { hasFolder: true });
  return { process, address: await process.ask('start', options) };
}
