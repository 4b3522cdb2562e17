// Asks before somebody's session is stopped for good.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useLucid } from '../lucid.ts';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Failure } from '../ui/failure.tsx';
import { StopDialog as Question } from '../ui/stop-dialog.tsx';
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
    <Question
      description="Its turn is cut, and its workspace is gone. Its owner sees that it was stopped, and can still read what was said."
      isStopping={isPending}
      onStop={mutate}
      onClose={onClose}
    >
      <p className="line-clamp-3 rounded-md bg-sunken p-3 text-sm">
        <DeceptiveText text={userId} />: <DeceptiveText text={title} />
      </p>
      {error && <Failure error={error} doing="Stopping" />}
    </Question>
  );
}
