// Tabs: one part of a page at a time.
import { Tabs as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

export type Tab = { name: string; label: ReactNode; content: ReactNode };

type TabsProps = {
  label: string;
  tabs: readonly Tab[];
  shown: string;
  onShow(name: string): void;
  /** Stands at the end of their line. */
  end?: ReactNode;
};

export const Tabs = ({ label, tabs, shown, onShow, end }: TabsProps) => (
  <Radix.Root
    value={shown}
    onValueChange={onShow}
    className="grid h-full min-h-0 min-w-0 grid-cols-1 grid-rows-[auto_minmax(0,1fr)]"
  >
    <div className="flex items-center border-b border-line pr-2">
      <Radix.List aria-label={label} className="flex min-w-0 flex-1 gap-1 overflow-x-auto px-2">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.name}
            value={tab.name}
            className="-mb-px min-h-10 focus-visible:-outline-offset-2 border-b-2 border-transparent px-3 text-sm whitespace-nowrap text-muted hover:text-text data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-text"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {end}
    </div>
    {tabs.map((tab) => (
      <Radix.Content key={tab.name} value={tab.name} className="min-h-0 overflow-auto">
        {tab.content}
      </Radix.Content>
    ))}
  </Radix.Root>
);
