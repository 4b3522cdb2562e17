// The operator's file of models that the engine doesn't know, or knows otherwise.
import { readModelName } from '../../actors/models/choosable-models.ts';
import { OwnModels } from '../../schema/own-models.ts';
import { type FileRead, readJsonFile, refuseFile } from './file-reading.ts';

export const modelsFileAccepts =
  'the path of a JSON file such as {"openai/qwen3-coder": {"contextTokens": 65536, "prices": {"input": 0.2, "output": 0.8}, "sees": false}}';

/** Refuses what names a provider that there isn't, too. */
export function readModelsFile(path: string): FileRead<OwnModels> {
  const file = readJsonFile(OwnModels, path);
  if (!file.ok) return file;
  const strange = Object.keys(file.value).find((name) => readModelName(name, '').provider === '');
  return strange === undefined ? file : refuseFile(`in which ${strange} is of no provider that there is`);
}
