// A result file: every sample of a run, for later comparisons.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Machine } from './machine.ts';
import type { ScenarioResult } from './scenario.ts';
import type { Versions } from './versions.ts';

/** Results by scenario, in the order they were measured. */
export type Results = Record<string, ScenarioResult>;

export type ResultFile = {
  format: 1;
  measuredAt: string;
  isQuick: boolean;
  machine: Machine;
  versions: Versions;
  /** How long each scenario took in all, by which a later run estimates what is left. */
  elapsedMs: Record<string, number>;
  results: Results;
};

export const resultsFolder = path.join(import.meta.dirname, 'results');

/**
 * The file's name without its ending, which is that of the folder of its charts too. A run of some scenarios names them,
 * so that it never takes the place of a whole one.
 */
export function resultNameOf({ measuredAt, machine, isQuick, results }: ResultFile, isWhole: boolean): string {
  const words = [measuredAt.slice(0, 10), machine.name];
  if (!isWhole) words.push(...Object.keys(results));
  if (isQuick) words.push('quick');
  return words.join('-');
}

/** @returns where it was written */
export function writeResult(file: ResultFile, name: string): string {
  const to = path.join(resultsFolder, `${name}.json`);
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(to, `${JSON.stringify(file, undefined, 2)}\n`);
  return to;
}

/** @throws with a sentence where the file is no result file */
export function readResult(from: string): ResultFile {
  const file = parseJson(readFileSync(from, 'utf8'), from);
  if (file.format !== 1 || !file.machine || !file.results)
    throw new Error(`${from} is not a result file of this version of the bench.`);
  return file as ResultFile;
}

function parseJson(text: string, from: string): Partial<ResultFile> {
  try {
    return (JSON.parse(text) ?? {}) as Partial<ResultFile>;
  } catch (cause) {
    throw new Error(`${from} is not JSON.`, { cause });
  }
}

/** How long each scenario took when it was last measured like that; empty where nothing is known. */
export function readLastElapsedMs(isQuick: boolean): Record<string, number> {
  const names = readdirSync(resultsFolder, { withFileTypes: true }).filter((entry) => entry.name.endsWith('.json'));
  const files = names.map((entry) => readResult(path.join(resultsFolder, entry.name)));
  const alike = files.filter((file) => file.isQuick === isQuick);
  alike.sort((one, other) => one.measuredAt.localeCompare(other.measuredAt));
  return Object.assign({}, ...alike.map((file) => file.elapsedMs));
}
