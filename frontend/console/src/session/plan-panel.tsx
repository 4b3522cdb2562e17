// The agent's newest plan, above the message box: in a line how far it is, opened each of its parts.
import { ChevronRight } from 'lucide-react';
import { useState } from 'react';
import type { SessionNow } from '../lucid.ts';
import { PlanLine, PlanList } from '../timeline/cards/plan-card.tsx';

/** A plan that is done is of no use once its turn is over. */
export function PlanPanel({ plan, isWorking }: { plan: SessionNow['plan']; isWorking: boolean }) {
  const [isOpen, open] = useState(false);
  if (!plan || plan.length === 0 || (!isWorking && plan.every(({ state }) => state === 'done'))) return null;
  return (
    <section aria-label="The agent’s plan" className="border-t border-line">
      <div className="mx-auto w-full max-w-4xl px-4">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => open(!isOpen)}
          className="flex min-h-9 w-full min-w-0 items-center gap-2 text-left pointer-coarse:min-h-10"
        >
          <ChevronRight className={`size-4 shrink-0 text-muted ${isOpen ? 'rotate-90' : ''}`} aria-hidden="true" />
          <PlanLine items={plan} />
        </button>
        {isOpen && (
          <div className="max-h-[30vh] overflow-y-auto pb-2">
            <PlanList items={plan} />
          </div>
        )}
      </div>
    </section>
  );
}
