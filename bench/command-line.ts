// The bench's command line, checked.
import { parseArgs } from 'node:util';
import { parseNumberBetween } from './option-values.ts';
import type { ScenarioOptions } from './scenario.ts';

export type BenchRequest = {
  names: string[];
  /** Whether these are all scenarios. */
  isWhole: boolean;
  /** Whether results and charts are written, as they are of whole runs that aren't quick, and of others with `--save`. */
  writes: boolean;
  /** Whether RESULTS.md is written too. */
  saves: boolean;
  /** Whether the command line has `--save`. */
  asksToSave: boolean;
  /** The earlier run's file or the commit to compare with. */
  against: string | undefined;
  options: Omit<ScenarioOptions, 'progress' | 'checkout'>;
};

export const formatUsage = (
  names: readonly string[],
) => `usage: npm run bench -- [scenario]… [--quick] [--save] [--against FILE|COMMIT] [--clients N] [--seconds N]

  scenarios       ${names.join(', ')}; all where none is named
  --quick         a look at whether everything works, in a minute or two; its figures are rough
  --save          writes results and charts into bench/results/ though only some scenarios were run, or quickly; after
                  a whole run, which writes them anyway, it puts them into bench/RESULTS.md too
  --against FILE  names what got worse than in an earlier result file by more than the noise
  --against COMMIT
                  checks the commit out, measures both in turns and shows them side by side; writes nothing
  --clients N     clients at once in "sessions", 100 unless told
  --seconds N     length of a round, 5 unless told`;

/** One short round shows that a figure comes out. */
const quick = { isQuick: true, measuresGrowth: false, rounds: 1, durationMs: 300, warmUpMs: 100 };
const thorough = { isQuick: false, measuresGrowth: true, rounds: 5, durationMs: 5_000, warmUpMs: 4_000 };

/** @throws with a sentence that says what is wrong */
export function readCommandLine(args: readonly string[], known: readonly string[]): BenchRequest {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      against: { type: 'string' },
      clients: { type: 'string', default: '100' },
      seconds: { type: 'string' },
    },
  });
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no scenario "${unknown}".`);
  const isWhole = positionals.length === 0;
  const kind = values.quick ? quick : thorough;
  const durationMs =
    values.seconds === undefined ? kind.durationMs : parseNumberBetween('--seconds', values.seconds, 1, 99_999) * 1_000;
  return {
    names: isWhole ? [...known] : known.filter((name) => positionals.includes(name)),
    isWhole,
    writes: values.save || (isWhole && !values.quick),
    saves: values.save && isWhole && !values.quick,
    asksToSave: values.save,
    against: values.against,
    options: { ...kind, durationMs, clients: parseNumberBetween('--clients', values.clients, 1, 99_999) },
  };
}
