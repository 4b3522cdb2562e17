// The dialog in which a session is shared: a link is made and copied, and the links that there are can be revoked.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { inputClass } from '../ui/field.tsx';
import { NewLink } from './new-link.tsx';
import { ShareList } from './share-list.tsx';

type ShareDialogProps = { sessionId: string; isOpen: boolean; onOpenChange(isOpen: boolean): void };

export const ShareDialog = (props: ShareDialogProps) => (
  <Dialog
    title="Share this session"
    description="Whoever has the link can watch the session, without an account. They can’t write to the agent or change anything. They see what the agent reads and writes."
    {...props}
  >
    <Shares sessionId={props.sessionId} />
  </Dialog>
);

const expiryChoices = [
  { seconds: 3_600, label: 'One hour' },
  { seconds: 86_400, label: 'One day' },
  { seconds: 7 * 86_400, label: 'One week' },
  { seconds: 30 * 86_400, label: '30 days' },
] as const;
const weekSeconds = 7 * 86_400;

function Shares({ sessionId }: { sessionId: string }) {
  const lucid = useLucid();
  const queryClient = useQueryClient();
  const queryKey = ['shares', sessionId];
  const listed = useQuery({ queryKey, queryFn: () => lucid.sessions.listShares(sessionId) });
  const refresh = () => queryClient.invalidateQueries({ queryKey });
  const [expiresInSeconds, setExpiry] = useState<number>(weekSeconds);
  const [workspace, setWorkspace] = useState(false);
  const making = useMutation({
    mutationFn: () => lucid.sessions.share(sessionId, { expiresInSeconds, workspace }),
    onSuccess: refresh,
  });
  const revoking = useMutation({
    mutationFn: (id: string) => lucid.sessions.unshare(sessionId, id),
    onSettled: refresh,
    onSuccess: (_, id) => making.data?.id === id && making.reset(),
  });
  const make = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <div className="grid gap-4">
      <form onSubmit={make} className="grid gap-3">
        <label className="grid gap-1 text-sm font-medium">
          The link expires after
          <select
            className={`${inputClass} font-normal`}
            value={expiresInSeconds}
            onChange={({ target }) => setExpiry(Number(target.value))}
          >
            {expiryChoices.map(({ seconds, label }) => (
              <option key={seconds} value={seconds}>
                {label}
              </option>
            ))}
          </select>
        </label>
        <label className="flex min-h-8 items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={workspace}
            onChange={({ target }) => setWorkspace(target.checked)}
          />
          Also show the files of the workspace and what has changed in them
        </label>
        <div>
          <Button type="submit" tone="primary" disabled={making.isPending}>
            Make a link
          </Button>
        </div>
      </form>
      {making.data && <NewLink token={making.data.token} />}
      {making.error && <Failure error={making.error} doing="Making a link" />}
      {revoking.error && <Failure error={revoking.error} doing="Revoking the link" />}
      {listed.error && <Failure error={listed.error} doing="Listing the links" retry={() => void listed.refetch()} />}
      <ShareList
        shares={listed.data?.shares ?? []}
        isBusy={revoking.isPending}
        onRevoke={(id) => revoking.mutate(id)}
      />
    </div>
  );
}
