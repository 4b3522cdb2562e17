// What is done about limits before a step: people are warned of budgets, and the model is told of its last step.
import type { EventMetadata } from '../../schema/event.ts';
import type { ContextEntry, Model } from '../models/model.ts';
import type { ToolEvent } from '../tools/tool.ts';
import type { ToolSet } from '../tools/tool-set.ts';
import { estimateUsd } from './ask-model.ts';
import { type Budget, findBudgetLimit, findWarnings } from './budgets.ts';
import { findFirstLimit, findLimit, lastStepNoticeOf, type ReachedLimit, wasToldOfLastStep } from './turn-limits.ts';

export type LimitDependencies = {
  model: Model;
  system: string;
  toolSet: ToolSet;
  iterationsMax: number;
  timeoutMs: number;
  /** Of `timeoutMs`. */
  timeLeftMs: number;
  peekConversation(): readonly ContextEntry[];
  recordEvent(recorded: ToolEvent & { role: 'system' }): unknown;
};

/** `stepUsd`: what the last step cost; undefined before the first. */
export type TurnProgress = { steps: number; stepUsd: number | undefined; budgets: readonly Budget[] };

/** @returns the limit that leaves one more step or none; undefined where there is room */
export function meetLimit(
  dependencies: LimitDependencies,
  { steps, stepUsd, budgets }: TurnProgress,
): ReachedLimit | undefined {
  const { model, iterationsMax, timeoutMs, timeLeftMs, peekConversation } = dependencies;
  const tell = (content: string, metadata: EventMetadata = {}) =>
    dependencies.recordEvent({ role: 'system', eventType: 'AgentNotice', content, metadata });
  for (const { notice, mark } of findWarnings(budgets)) tell(notice, { budget: mark });
  const nextUsd = budgets.length === 0 ? 0 : (stepUsd ?? estimateUsd(dependencies));
  const limit = findFirstLimit(
    findLimit({ steps, stepsMax: model.stepsMax ?? iterationsMax, timeoutMs, timeLeftMs }),
    findBudgetLimit(budgets, nextUsd),
  );
  if (limit && !limit.isOver && !wasToldOfLastStep(peekConversation())) tell(lastStepNoticeOf(limit));
  return limit;
}
