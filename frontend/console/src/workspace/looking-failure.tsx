// What stands in place of files that can't be shown: that nobody works with them now, or what went wrong.
import { LucidError } from '../lucid.ts';
import { EmptyState } from '../ui/empty-state.tsx';
import { Failure } from '../ui/failure.tsx';

type LookingFailureProps = { error: Error; doing: string; retry(): void };

export const LookingFailure = ({ error, ...rest }: LookingFailureProps) =>
  error instanceof LucidError && error.code === 'sessionRests' ? (
    <Resting />
  ) : (
    <div className="p-4">
      <Failure error={error} {...rest} />
    </div>
  );

/** Who watches by a share wakes no sandbox. */
export const Resting = () => (
  <EmptyState title="The session rests">Its files are shown here when the agent works again.</EmptyState>
);
