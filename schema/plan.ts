// An agent's plan: what it means to do, in order, and how far it is.
import * as v from 'valibot';

export const planStates = ['pending', 'inProgress', 'done'] as const;

/** Items of a plan, and characters of each: more than people read through while they watch. */
export const planItemsMax = 50;
export const planCharsMax = 300;

export const PlanItem = v.strictObject({ text: v.string(), state: v.picklist(planStates) });
export type PlanItem = v.InferOutput<typeof PlanItem>;
