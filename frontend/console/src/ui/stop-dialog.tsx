// Asks before a session is stopped for good, which can't be undone.
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

type StopDialogProps = {
  /** What is lost, and what stays. */
  description: string;
  /** Which session it is. */
  children: ReactNode;
  isStopping?: boolean;
  onStop(): void;
  onClose(): void;
};

export const StopDialog = ({ description, children, isStopping = false, onStop, onClose }: StopDialogProps) => (
  <Dialog title="Stop this session?" description={description} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
    {children}
    <div className="flex justify-end gap-2">
      <Button onClick={onClose}>Let it go on</Button>
      <Button tone="danger" onClick={onStop} disabled={isStopping}>
        Stop for good
      </Button>
    </div>
  </Dialog>
);
