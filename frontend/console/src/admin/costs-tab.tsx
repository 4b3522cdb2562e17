// What was used on each day and by whom: bars by day, and a table of users of which one can be singled out.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Calls, useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';
import { formatCost, formatCount } from '../ui/format.ts';
import { Table } from '../ui/table.tsx';
import { CostBars } from './cost-bars.tsx';
import {
  firstDayOf,
  listDays,
  type Measure,
  others,
  sumByUser,
  sumsOf,
  type UserCosts,
  type Who,
} from './cost-days.ts';

const ranges = [
  ['7', 'a week'],
  ['30', 'a month'],
  ['90', 'three months'],
] as const;

const measures: readonly (readonly [Measure, string])[] = [
  ['costUsd', 'cost'],
  ['outputTokens', 'tokens written'],
  ['inputTokens', 'tokens read'],
  ['turns', 'turns'],
];

const formatMeasure = (value: number, measure: Measure) =>
  measure === 'costUsd' ? formatCost(value) : formatCount(value);

export function CostsTab() {
  const lucid = useLucid();
  const [range, setRange] = useState<(typeof ranges)[number][0]>('30');
  const [measure, setMeasure] = useState<Measure>('costUsd');
  const from = firstDayOf(Number(range), Date.now());
  const { data, error, refetch } = useQuery({
    queryKey: ['admin', 'costs', from],
    queryFn: ({ signal }) => lucid.admin.costs({ from, users: 50 }, { signal }),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        <Choice label="Of" value={range} options={ranges} onChange={setRange} />
        <Choice label="Show" value={measure} options={measures} onChange={setMeasure} />
      </div>
      {error && <Failure error={error} doing="Reading the costs" retry={() => void refetch()} />}
      {data?.days.length === 0 && (
        <EmptyState title="Nothing was used">Turns are counted here once they have ended.</EmptyState>
      )}
      {data !== undefined && data.days.length > 0 && <Costs costs={data} measure={measure} />}
    </div>
  );
}

function Costs({ costs, measure }: { costs: Calls['readCosts']['answer']; measure: Measure }) {
  const [singled, setSingled] = useState<Who>();
  const users = sumByUser(costs, measure);
  const all = sumsOf(costs.days);
  const chosen = users.some(({ who }) => who === singled) ? singled : undefined;
  return (
    <>
      <p className="text-sm">
        <span className="text-xl font-semibold tabular-nums">{formatMeasure(all[measure], measure)}</span>{' '}
        <span className="text-muted">
          in {all.turns === 1 ? 'one turn' : `${formatCount(all.turns)} turns`} of{' '}
          {users.length === 1 ? 'one user' : `${users.length} users`}, by days of UTC
        </span>
      </p>
      <CostBars days={listDays(costs, measure)} singled={chosen} format={(value) => formatMeasure(value, measure)} />
      <UserCostsTable users={users} singled={chosen} onSingle={setSingled} />
    </>
  );
}

type UserCostsTableProps = {
  users: readonly UserCosts[];
  singled: Who | undefined;
  onSingle(who: Who | undefined): void;
};

const UserCostsTable = ({ users, singled, onSingle }: UserCostsTableProps) => (
  <Table
    label="By user"
    rows={users}
    keyOf={({ who }) => (who === others ? 'others' : `user ${who}`)}
    columns={[
      {
        title: 'User',
        show: ({ who }) => (
          <Button
            tone="quiet"
            aria-pressed={who === singled}
            onClick={() => onSingle(who === singled ? undefined : who)}
            className="-ml-3 text-left aria-pressed:bg-accent-soft aria-pressed:text-accent"
          >
            {who === others ? 'All others' : <DeceptiveText text={who} />}
          </Button>
        ),
      },
      { title: 'Cost', isFigure: true, show: ({ costUsd }) => formatCost(costUsd) },
      { title: 'Tokens read', isFigure: true, show: ({ inputTokens }) => formatCount(inputTokens) },
      { title: 'Tokens written', isFigure: true, show: ({ outputTokens }) => formatCount(outputTokens) },
      { title: 'Turns', isFigure: true, show: ({ turns }) => formatCount(turns) },
    ]}
  />
);
