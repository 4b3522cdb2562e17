// A dialog over the page; its button, Escape and a press outside close it.
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';

type DialogProps = {
  title: string;
  description?: string;
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
  children: ReactNode;
};

export const Dialog = ({ title, description, isOpen, onOpenChange, children }: DialogProps) => (
  <Radix.Root open={isOpen} onOpenChange={onOpenChange}>
    <Radix.Portal>
      <Radix.Overlay className="fixed inset-0 z-40 bg-black/40" />
      <Radix.Content
        {...(description === undefined && { 'aria-describedby': undefined })}
        className="fixed top-1/2 left-1/2 z-50 grid max-h-[85vh] w-[min(32rem,calc(100vw-1.5rem))] -translate-x-1/2 -translate-y-1/2 gap-4 overflow-y-auto rounded-lg border border-line bg-raised p-5 shadow-overlay"
      >
        <div className="grid gap-1">
          <Radix.Title className="pr-8 text-lg font-semibold">{title}</Radix.Title>
          {description !== undefined && (
            <Radix.Description className="text-sm text-muted">{description}</Radix.Description>
          )}
        </div>
        {children}
        <Radix.Close asChild>
          <IconButton label="Close" className="absolute top-3 right-3">
            <X className="size-4" aria-hidden="true" />
          </IconButton>
        </Radix.Close>
      </Radix.Content>
    </Radix.Portal>
  </Radix.Root>
);
