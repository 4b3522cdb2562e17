// Asks whether files that are there already may be replaced.
import { Button } from '../ui/button.tsx';
import { DeceptiveText } from '../ui/deceptive-text.tsx';
import { Dialog } from '../ui/dialog.tsx';

type ReplaceDialogProps = { paths: readonly string[]; onAnswer(mayReplace: boolean): void };

export const ReplaceDialog = ({ paths, onAnswer }: ReplaceDialogProps) => (
  <Dialog
    title={paths.length === 1 ? 'Replace the file?' : `Replace ${paths.length} files?`}
    description="Something is there already. What it held is gone then; the agent is told."
    isOpen={paths.length > 0}
    onOpenChange={(isOpen) => !isOpen && onAnswer(false)}
  >
    <ul className="grid max-h-40 gap-1 overflow-y-auto font-mono text-sm">
      {paths.map((path) => (
        <li key={path}>
          <DeceptiveText text={path} />
        </li>
      ))}
    </ul>
    <div className="flex justify-end gap-2">
      <Button onClick={() => onAnswer(false)}>Keep what is there</Button>
      <Button tone="danger" onClick={() => onAnswer(true)}>
        Replace
      </Button>
    </div>
  </Dialog>
);
