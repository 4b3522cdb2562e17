// Labels of engines, and those that a session asks of the engine that has it: names with values, such as `region` with `eu`.
import { failed } from './error.ts';

/** By name; a session's engine has all that the session asks for, with the same values. */
export type Labels = Readonly<Record<string, string>>;

export const noLabels: Labels = {};

/** Labels of one engine or session: each session that is placed is compared with all engines. */
export const labelsMax = 16;
/** What Kubernetes takes as a label without a prefix: its nodes' own can be passed on. */
export const labelNamePattern = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;
export const labelValuePattern = /^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/;

const listLabels = (labels: Labels): string[] =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();

/** As people write them, in the order of their names: `gpu=true, region=eu`. */
export const describeLabels = (labels: Labels): string => listLabels(labels).join(', ');

export const hasLabels = (own: Labels, wanted: Labels | undefined): boolean =>
  Object.entries(wanted ?? noLabels).every(([name, value]) => Object.hasOwn(own, name) && own[name] === value);

/** How soon an engine with the labels may be back: one that starts again takes some seconds. */
const retryAfterMs = 5_000;

/**
 * Nobody has all of the labels that a session asks for.
 * @param reached the labels of each engine that could have it
 */
export function noFittingEngine(wanted: Labels, reached: readonly Labels[]) {
  const isMissing = ([name, value]: [string, string]) => !reached.some((own) => hasLabels(own, { [name]: value }));
  const missing = listLabels(Object.fromEntries(Object.entries(wanted).filter(isMissing)));
  const what = missing.length === 0 ? `labels ${describeLabels(wanted)} together` : `labels ${missing.join(', ')}`;
  const named = missing.length === 1 ? `label ${missing.join('')}` : what;
  return failed('noFittingEngine', `No engine that takes sessions now has the ${named}.`, { retryAfterMs });
}
