// Says that what is shown may not be how it is now, since asking again failed.
import { wordsOfError } from '../ui/words-of-error.ts';

type StaleNoteProps = { error: Error | null };

export const StaleNote = ({ error }: StaleNoteProps) => (
  <div role="status" className="text-sm">
    {error && (
      <p className="bg-warn-soft px-3 py-1 text-warn">
        This is how it was when it was last read. Asking again failed: {wordsOfError(error)}
      </p>
    )}
  </div>
);
