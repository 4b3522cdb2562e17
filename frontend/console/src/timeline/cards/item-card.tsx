// The card of an item, by its kind.
import { memo } from 'react';
import type { Item, ItemKind, ItemOf } from '../items/item.ts';
import type { LiveStore } from '../live/live-store.ts';
import { AskedCard } from './asked-card.tsx';
import { CallCard } from './call-card.tsx';
import { ChangeCard } from './change-card.tsx';
import { CommandCard } from './command-card.tsx';
import { DelegateCard } from './delegate-card.tsx';
import * as lines from './lines.tsx';
import { LooksCard } from './looks-card.tsx';
import { MessageCard } from './message-card.tsx';
import { PlanCard } from './plan-card.tsx';

type ItemCardProps = { item: Item; live: LiveStore };

type Cards = { [Kind in ItemKind]: (props: { item: ItemOf<Kind>; live: LiveStore }) => React.ReactNode };

const cards: Cards = {
  message: MessageCard,
  thought: lines.ThoughtLine,
  command: CommandCard,
  change: ChangeCard,
  looks: LooksCard,
  call: CallCard,
  delegate: (props) => <DelegateCard {...props} Card={ItemCard} />,
  asked: AskedCard,
  plan: PlanCard,
  knowledge: lines.KnowledgeLine,
  personFile: lines.PersonFileLine,
  notice: lines.NoticeLine,
  summary: lines.SummaryLine,
  failure: lines.FailureLine,
  line: lines.StateLine,
  turnEnd: lines.TurnEndLine,
  gap: lines.GapLine,
};

export const ItemCard = memo(({ item, live }: ItemCardProps) => {
  const Card = cards[item.kind] as Cards[ItemKind] as (props: { item: Item; live: LiveStore }) => React.ReactNode;
  return <Card item={item} live={live} />;
});

/** What an item is called where it is read out. */
export function nameItem(item: Item): string {
  switch (item.kind) {
    case 'message':
      return item.by === 'person' ? 'Message' : 'The agent says';
    case 'command':
      return 'Command';
    case 'change':
      return item.what === 'write' ? 'File written' : 'File edited';
    default:
      return names[item.kind];
  }
}

const names: Record<Exclude<ItemKind, 'message' | 'command' | 'change'>, string> = {
  thought: 'Thought',
  looks: 'Reads and searches',
  call: 'Call',
  delegate: 'Sub-agent',
  asked: 'Asked of you',
  plan: 'Plan',
  knowledge: 'About the project',
  personFile: 'File added by a person',
  notice: 'Notice',
  summary: 'Summary',
  failure: 'Failure',
  line: 'State',
  turnEnd: 'End of the turn',
  gap: 'Missing events',
};
