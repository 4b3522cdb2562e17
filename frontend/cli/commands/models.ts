// `lucid models`: what `--model` and `--effort` can be.
import type { Context } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { type EngineOptions, openClient } from '../settings/open-client.ts';
import { toJsonLine } from '../show/escape-text.ts';
import { tableLines } from '../show/table.ts';
import { shortCount } from '../show/usage-text.ts';
import { widthOf } from './sessions.ts';

export async function listModels(options: EngineOptions & { json?: boolean }, context: Context): Promise<ExitCode> {
  const { models, takesAnyName } = await (await openClient(options, context)).sessions.models();
  if (options.json) context.print(models.map(toJsonLine));
  else {
    const rows = models.map(({ model, isDefault, needsKey, contextTokens, prices, abilities }) => [
      model,
      shortCount(contextTokens),
      prices ? `${prices.input} / ${prices.output}` : '',
      abilities.efforts.join(', '),
      [isDefault ? 'default of its provider' : '', needsKey ? 'needs LUCID_API_KEY' : '']
        .filter((part) => part !== '')
        .join('; '),
    ]);
    context.print(tableLines(['MODEL', 'CONTEXT', '$/M IN, OUT', 'EFFORT', ''], rows, widthOf(context)));
    if (takesAnyName) context.note('Other names can be chosen, too: the engine’s operator has models elsewhere.');
  }
  return exitCodes.done;
}
