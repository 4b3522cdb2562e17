// The conversation as a timeline: one item for each thing that was said or done.
import type { Session, SessionEvent } from '../lucid.ts';

export type TimelineProps = {
  events: readonly SessionEvent[];
  /** For what is shown while it happens and never stored; null in a replay and until a page is mounted. */
  session: Session | null;
  /** Whether a turn goes on. */
  isWorking: boolean;
  /** The sequence of the event that a link leads to. */
  linkedSequence?: number | undefined;
  /** The address of an event, for its link; absent where there is none to give. */
  linkOf?: (sequence: number) => string;
};

export const Timeline = ({ events }: TimelineProps) => (
  <ol className="grid gap-2 p-4">
    {events.map((event) => (
      <li key={event.sequence} className="font-mono text-xs">
        {event.sequence} {event.type} {'content' in event ? event.content : ''}
      </li>
    ))}
  </ol>
);
