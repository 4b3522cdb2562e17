// Asks before somebody's session is stopped for good.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { useToast } from '../ui/toast.tsx';
import { type AdminSession, sessionsKey } from './admin-queries.ts';

export function StopDialog({ session, onClose }: { session: AdminSession; onClose(): void }) {
  const lucid = useLucid();
  const client = useQueryClient();
  const show = useToast();
  const { sessionId, userId, title } = session;
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => lucid.admin.stop(sessionId),
    onSuccess: () => {
      show(`The session of ${userId} was stopped.`);
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: sessionsKey }),
  });
  return (
    <Dialog
      title="Stop this session?"
      description="Its turn is cut, and its workspace is gone. Its owner sees that it was stopped, and can still read what was said."
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <p className="line-clamp-3 rounded-md bg-sunken p-3 text-sm">
        <DeceptiveText text={userId} />: <DeceptiveText text={title} />
      </p>
      {error && <Failure error={error} doing="Stopping" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Let it go on</Button>
        <Button tone="danger" onClick={() => mutate()} disabled={isPending}>
          Stop for good
        </Button>
      </div>
    </Dialog>
  );
}
