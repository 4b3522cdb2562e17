// A menu behind a button. What was chosen is done once the menu is closed and its button has the focus again, so that a field
// or a dialog that it opens keeps the focus, and gives it back there.
import { DropdownMenu } from 'radix-ui';
import { createContext, type ReactNode, use, useRef } from 'react';

const ChooseContext = createContext<(act: () => void) => void>((act) => act());

type MenuProps = { label: string; trigger: ReactNode; children: ReactNode };

export function Menu({ label, trigger, children }: MenuProps) {
  const chosen = useRef<() => void>(undefined);
  const choose = useRef((act: () => void) => {
    chosen.current = act;
  });
  const doChosen = () => {
    if (chosen.current) queueMicrotask(chosen.current); // Radix gives the focus back right behind this.
    chosen.current = undefined;
  };
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label={label}
        title={label}
        className="grid size-8 place-items-center rounded-md text-muted pointer-coarse:size-10 hover:bg-sunken hover:text-text"
      >
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          onCloseAutoFocus={doChosen}
          className="z-50 min-w-48 rounded-md border border-line bg-raised p-1 shadow-overlay"
        >
          <ChooseContext value={choose.current}>{children}</ChooseContext>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

type MenuItemProps = { children: ReactNode; isDangerous?: boolean; onSelect(): void };

/** Before what can’t be taken back. */
export const MenuSeparator = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />;

export function MenuItem({ children, isDangerous = false, onSelect }: MenuItemProps) {
  const choose = use(ChooseContext);
  return (
    <DropdownMenu.Item
      onSelect={() => choose(onSelect)}
      className={`flex min-h-8 items-center gap-2 rounded-sm px-2 text-sm pointer-coarse:min-h-10 outline-none data-[highlighted]:bg-sunken ${isDangerous ? 'text-bad' : ''}`}
    >
      {children}
    </DropdownMenu.Item>
  );
}
