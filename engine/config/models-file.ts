// The operator's file of models that the engine doesn't know, or knows otherwise.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { readModelName } from '../../actors/models/choosable-models.ts';
import { OwnModels } from '../../schema/own-models.ts';

export const modelsFileAccepts =
  'the path of a JSON file such as {"openai/qwen3-coder": {"contextTokens": 65536, "prices": {"input": 0.2, "output": 0.8}, "sees": false}}';

/** @returns undefined for what can't be read, makes no sense, or names a provider that there isn't */
export function readModelsFile(path: string): OwnModels | undefined {
  try {
    const parsed = v.safeParse(OwnModels, JSON.parse(readFileSync(path, 'utf8')));
    if (!parsed.success) return undefined;
    const isOfProvider = (name: string) => readModelName(name, '').provider !== '';
    return Object.keys(parsed.output).every(isOfProvider) ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
