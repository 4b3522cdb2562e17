// The interface of a scenario: its options, and the figures that it returns.
import { ratioOf, type Spread, spreadOf } from './statistics.ts';

export type ScenarioOptions = {
  /** How often each variant is measured, beside the warm-up. */
  rounds: number;
  durationMs: number;
  warmUpMs: number;
  /** Clients at once in `sessions`. */
  clients: number;
  /** Whether the run is short. */
  isQuick: boolean;
  /** Whether growth with size is measured too. */
  measuresGrowth: boolean;
  /** The folder of the checkout whose engine is measured: this one, or that of another commit. */
  checkout: string;
  /** Prints a line about how far the scenario is. */
  progress(text: string): void;
};

export type Scenario = (options: ScenarioOptions) => Promise<ScenarioResult>;

export type ScenarioResult = {
  rows: Row[];
  figures: FigureTable;
  /** How cost grows, a chart each; absent where one size is all that is measured. */
  growth?: Growth[];
  /** What a reader has to know of how it was measured. */
  notes: string[];
  /** What makes a figure less sure. */
  warnings: string[];
  /** What makes the measurement invalid. */
  problems: string[];
};

/**
 * One line of the table: the engine's figure, its reference, and the verdict. Lines of one name and unit are one figure beside
 * several references, and one chart.
 */
export type Row = {
  name: string;
  unit: string;
  ours: Spread;
  reference: Spread;
  referenceName: string;
  referenceKind: ReferenceKind;
  /** The engine's over the reference's, of samples that were measured next to each other. */
  ratio: Spread;
  /** Absent where the comparison only informs. */
  reach?: Reach;
};

/** What the machine allows, what people would use instead, or ourselves under another condition. */
export type ReferenceKind = 'ceiling' | 'alternative' | 'baseline';

export type Reach = { of: 'ratio' | 'ours'; bound: 'at least' | 'at most'; value: number };

/** One figure over growing sizes, a line for each variant: `lines[…].figures[at]` was measured at `sizes[at]`. */
export type Growth = {
  name: string;
  unit: string;
  sizeName: string;
  sizes: number[];
  lines: { name: string; figures: Spread[] }[];
};

/** Spreads by figure, whose name ends with its unit, and by variant. */
export type FigureTable = Record<string, Record<string, Spread>>;

/** One measurement of one variant: figures by name. */
export type Figures = Record<string, number>;

export const isReached = ({ ours, ratio }: Row, reach: Reach): boolean => {
  const { median } = reach.of === 'ours' ? ours : ratio;
  return reach.bound === 'at least' ? median >= reach.value : median <= reach.value;
};

/** Absent where nothing says whether more or less is better. */
export function isMoreBetter({ reach, unit }: Pick<Row, 'reach' | 'unit'>): boolean | undefined {
  if (reach) return reach.bound === 'at least';
  if (/\/s$|per second/.test(unit)) return true;
  return /^(µs|ms|s|bytes|KB|MB|GB)\b/.test(unit) ? false : undefined;
}

/** The results are those of one scenario's parts, each with figures of its own. */
export const mergeResults = (results: readonly ScenarioResult[]): ScenarioResult => ({
  rows: results.flatMap(({ rows }) => rows),
  figures: Object.assign({}, ...results.map(({ figures }) => figures)),
  growth: results.flatMap(({ growth = [] }) => growth),
  notes: results.flatMap(({ notes }) => notes),
  warnings: results.flatMap(({ warnings }) => warnings),
  problems: results.flatMap(({ problems }) => problems),
});

export type RowOptions = Pick<Row, 'name' | 'unit' | 'referenceName' | 'referenceKind' | 'reach'>;

export const rowOf = (ours: readonly number[], reference: readonly number[], options: RowOptions): Row => ({
  ...options,
  ours: spreadOf(ours),
  reference: spreadOf(reference),
  ratio: ratioOf(ours, reference),
});

/** Figures of several variants, gathered round by round. */
export class Samples<Variant extends string> {
  readonly #samples = new Map<string, Map<Variant, number[]>>();

  add(variant: Variant, figures: Figures): void {
    for (const [figure, value] of Object.entries(figures)) {
      const byVariant = this.#samples.get(figure) ?? new Map<Variant, number[]>();
      this.#samples.set(figure, byVariant);
      byVariant.set(variant, [...(byVariant.get(variant) ?? []), value]);
    }
  }

  get(variant: Variant, figure: string): readonly number[] {
    const samples = this.#samples.get(figure)?.get(variant);
    if (!samples) throw new Error(`${figure} was not measured for ${variant}.`);
    return samples;
  }

  makeTable(): FigureTable {
    const spreadsOf = (byVariant: Map<Variant, number[]>) =>
      Object.fromEntries([...byVariant].map(([variant, samples]) => [variant, spreadOf(samples)]));
    return Object.fromEntries([...this.#samples].map(([figure, byVariant]) => [figure, spreadsOf(byVariant)]));
  }
}

/** Each variant is measured once a round (A B A B …), so that what changes on the machine changes them all. */
export async function measureInTurns<Variant extends string>(
  variants: readonly Variant[],
  { rounds, progress }: Pick<ScenarioOptions, 'rounds' | 'progress'>,
  measure: (variant: Variant) => Promise<Figures>,
): Promise<Samples<Variant>> {
  const samples = new Samples<Variant>();
  for (let round = 1; round <= rounds; round++) {
    for (const variant of variants) {
      progress(`round ${round} of ${rounds}: ${variant}`);
      samples.add(variant, await measure(variant));
    }
  }
  return samples;
}
