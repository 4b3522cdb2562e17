// What went wrong, in the engine's own words, and the way to try again.
import { Button } from './button.tsx';
import { wordsOfError } from './words-of-error.ts';

type FailureProps = { error: Error; doing: string; retry?: () => void };

export const Failure = ({ error, doing, retry }: FailureProps) => (
  <div role="alert" className="grid max-w-prose gap-2 rounded-md border border-line bg-bad-soft p-3 text-sm">
    <p className="font-medium text-bad">{doing} failed</p>
    <p>{wordsOfError(error)}</p>
    {retry && (
      <div>
        <Button onClick={retry}>Try again</Button>
      </div>
    )}
  </div>
);
