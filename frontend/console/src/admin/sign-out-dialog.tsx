// Asks before somebody is signed out at every browser.
import { useMutation } from '@tanstack/react-query';
import { useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { useToast } from '../ui/toast.tsx';

export function SignOutDialog({ userId, onClose }: { userId: string; onClose(): void }) {
  const lucid = useLucid();
  const show = useToast();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => lucid.admin.signOut(userId),
    onSuccess: ({ ended }) => {
      show(ended === 0 ? `${userId} was signed in nowhere.` : `${userId} was signed out.`);
      onClose();
    },
  });
  return (
    <Dialog
      title="Sign out everywhere?"
      description="Every browser of this user is signed out, and its pages are closed. Sessions go on, and who still has an account can sign in again."
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <p className="line-clamp-3 break-all rounded-md bg-sunken p-3 text-sm">
        <DeceptiveText text={userId} />
      </p>
      {error && <Failure error={error} doing="Signing out" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="danger" onClick={() => mutate()} disabled={isPending}>
          Sign out everywhere
        </Button>
      </div>
    </Dialog>
  );
}
