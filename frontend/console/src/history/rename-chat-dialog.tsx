// Asks for a chat's new title.
import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { type ChatActs, titleCharsMax } from './use-chat-acts.ts';

type RenameChatDialogProps = {
  chat: { id: string; title: string };
  rename: ChatActs['rename'];
  onClose(): void;
};

export function RenameChatDialog({ chat, rename, onClose }: RenameChatDialogProps) {
  const [title, setTitle] = useState(chat.title);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onClose();
    if (title.trim() !== chat.title) void rename(chat.id, title.trim());
  };
  return (
    <Dialog title="Rename" isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <form onSubmit={submit} className="grid gap-4">
        <Field
          label="Title"
          value={title}
          maxLength={titleCharsMax}
          onChange={(event) => setTitle(event.target.value)}
          onFocus={(event) => event.target.select()}
          required
        />
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" disabled={title.trim() === ''}>
            Rename
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
