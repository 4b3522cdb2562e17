// How far a plan is, in a few words. Pure.
import type { PlanItem } from './item.ts';

/** `current`: what goes on, or comes next. */
export type DescribedPlan = { share: string; current: string | undefined };

export function describePlan(items: readonly PlanItem[]): DescribedPlan {
  const done = items.filter(({ state }) => state === 'done').length;
  const current = items.find(({ state }) => state === 'inProgress') ?? items.find(({ state }) => state === 'pending');
  return { share: `${done} of ${items.length} done`, current: current?.text };
}
