// The agent's plan: in a line how far it is, behind it each of its parts with its state.
import { Circle, CircleCheck, CircleDot } from 'lucide-react';
import { DeceptiveText } from '../../ui/deceptive-text.tsx';
import { describePlan } from '../items/describe-plan.ts';
import type { ItemOf, PlanItem } from '../items/item.ts';
import { Fold } from './fold.tsx';

export function PlanCard({ item }: { item: ItemOf<'plan'> }) {
  const { items } = item;
  return (
    <Fold name="plan" isOpenAtFirst={items.every(({ state }) => state !== 'done')} line={<PlanLine items={items} />}>
      <PlanList items={items} />
    </Fold>
  );
}

export function PlanLine({ items }: { items: readonly PlanItem[] }) {
  const { share, current } = describePlan(items);
  return (
    <span className="min-w-0 flex-1 truncate text-sm text-muted">
      Plan, {share}
      {current !== undefined && (
        <>
          : <DeceptiveText text={current} />
        </>
      )}
    </span>
  );
}

const signs = {
  pending: { Icon: Circle, word: 'to do', className: 'text-muted' },
  inProgress: { Icon: CircleDot, word: 'goes on', className: 'text-accent' },
  done: { Icon: CircleCheck, word: 'done', className: 'text-good' },
};

export const PlanList = ({ items }: { items: readonly PlanItem[] }) => (
  <ol aria-label="Plan" className="grid gap-1 py-1 pl-6 text-sm">
    {items.map(({ text, state }, at) => {
      const { Icon, word, className } = signs[state];
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: each plan is whole, and the same text may stand in it twice.
        <li key={at} className={`flex min-w-0 items-start gap-2 ${state === 'done' ? 'text-muted' : ''}`}>
          <Icon className={`mt-0.5 size-4 shrink-0 ${className}`} role="img" aria-label={word} />
          <span className="min-w-0 wrap-anywhere">
            <DeceptiveText text={text} />
          </span>
        </li>
      );
    })}
  </ol>
);
