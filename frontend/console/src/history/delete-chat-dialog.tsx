// Asks before a chat is deleted, since that can't be undone.
import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import type { ChatActs } from './use-chat-acts.ts';

type DeleteChatDialogProps = {
  chat: { id: string; title: string };
  remove: ChatActs['remove'];
  onClose(): void;
  onDeleted?(): void;
};

export function DeleteChatDialog({ chat, remove, onClose, onDeleted }: DeleteChatDialogProps) {
  const [isDeleting, setDeleting] = useState(false);
  const [error, setError] = useState<Error>();
  const confirm = async () => {
    setDeleting(true);
    setError(undefined);
    try {
      await remove(chat.id);
      onClose();
      onDeleted?.();
    } catch (thrown) {
      setError(thrown as Error);
      setDeleting(false);
    }
  };
  return (
    <Dialog
      title="Delete this chat?"
      description="Everything that was said and done in it is deleted for good. Its session is stopped, and its workspace goes with it."
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <p className="line-clamp-3 rounded-md bg-sunken p-3 text-sm">
        <DeceptiveText text={chat.title} />
      </p>
      {error && <Failure error={error} doing="Deleting" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button tone="danger" onClick={() => void confirm()} disabled={isDeleting}>
          Delete for good
        </Button>
      </div>
    </Dialog>
  );
}
