// Lets the engine end once nothing is at work on it, after one has said so twice; or takes that back.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLucid } from '../lucid.ts';
import { Button } from '../ui/button.tsx';
import { Choice } from '../ui/choice.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Failure } from '../ui/failure.tsx';
import { useToast } from '../ui/toast.tsx';
import { engineKey, readAskedEngines } from './admin-queries.ts';

const waits = [
  ['600', '10 minutes'],
  ['3600', 'an hour'],
  ['28800', '8 hours'],
  ['0', 'no time: end now'],
] as const;

export function DrainControl({ isDraining }: { isDraining: boolean }) {
  const lucid = useLucid();
  const client = useQueryClient();
  const show = useToast();
  const [isAsking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () => lucid.admin.undrain(),
    onSuccess: () => show('The engine takes new sessions again.'),
    onError: (error) => show(`Taking the drain back failed: ${error.message}`, true),
    onSettled: () => client.invalidateQueries({ queryKey: engineKey }),
  });
  if (isDraining)
    return (
      <Button onClick={() => cancel.mutate()} disabled={cancel.isPending}>
        Take new sessions again
      </Button>
    );
  return (
    <>
      <Button tone="danger" onClick={() => setAsking(true)}>
        Drain…
      </Button>
      {isAsking && <DrainDialog onClose={() => setAsking(false)} />}
    </>
  );
}

/** @param engine another one than the one that answers */
export function DrainDialog({ engine, onClose }: { engine?: { runId: string; name: string }; onClose(): void }) {
  const lucid = useLucid();
  const client = useQueryClient();
  const show = useToast();
  const [wait, setWait] = useState<(typeof waits)[number][0]>('3600');
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      if (engine) await lucid.admin.drainEngine(engine.runId, Number(wait));
      else if ((await lucid.admin.drain(Number(wait))).working === 0) return 'The engine ends in a moment.';
      return `${engine?.name ?? 'The engine'} ends once nothing is at work.`;
    },
    onSuccess: (sentence) => {
      show(sentence);
      onClose();
    },
    onSettled: () => (engine ? readAskedEngines(client) : client.invalidateQueries({ queryKey: engineKey })),
  });
  return (
    <Dialog
      title={engine ? `Drain ${engine.name}?` : 'Drain this engine?'}
      description="It takes no new sessions. Those that are there go on; once none is at work, the process ends, and whatever restarts it does. Sessions at rest stay stored and go on at another engine, or at the next start."
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Choice label="Wait for turns at most" value={wait} options={waits} onChange={setWait} />
      {error && <Failure error={error} doing="Draining" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Keep it running</Button>
        <Button tone="danger" onClick={() => mutate()} disabled={isPending}>
          Drain and end
        </Button>
      </div>
    </Dialog>
  );
}
