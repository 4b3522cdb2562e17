// A menu behind a button.
import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';

type MenuProps = { label: string; trigger: ReactNode; children: ReactNode };

export const Menu = ({ label, trigger, children }: MenuProps) => (
  <DropdownMenu.Root>
    <DropdownMenu.Trigger
      aria-label={label}
      title={label}
      className="grid min-h-8 min-w-8 place-items-center rounded-md text-muted hover:bg-sunken hover:text-text"
    >
      {trigger}
    </DropdownMenu.Trigger>
    <DropdownMenu.Portal>
      <DropdownMenu.Content
        align="end"
        sideOffset={4}
        className="z-50 min-w-48 rounded-md border border-line bg-raised p-1 shadow-overlay"
      >
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Portal>
  </DropdownMenu.Root>
);

type MenuItemProps = { children: ReactNode; isDangerous?: boolean; isDisabled?: boolean; onSelect(): void };

export const MenuItem = ({ children, isDangerous = false, isDisabled = false, onSelect }: MenuItemProps) => (
  <DropdownMenu.Item
    disabled={isDisabled}
    onSelect={onSelect}
    className={`flex min-h-8 items-center gap-2 rounded-sm px-2 text-sm outline-none data-[disabled]:opacity-50 data-[highlighted]:bg-sunken ${isDangerous ? 'text-bad' : ''}`}
  >
    {children}
  </DropdownMenu.Item>
);
