// What a session and its agent are told of a workspace that came back from a snapshot. Pure.
import type { RestoredSnapshot } from '../../sandbox/snapshot/restore-snapshot.ts';
import { pointOfName } from '../../sandbox/snapshot/snapshot-name.ts';
import type { StoredEvent } from '../../schema/event.ts';
import type { ToolEvent } from '../tools/tool.ts';

const leftOutSentence =
  'What git ignores, files of more than 32 MiB, the home folder, background processes and the state of the shell are gone: ' +
  'look at what is there before you go on.';

/** @param events the conversation's, in order */
export function describeRestored({ snapshot, damaged }: RestoredSnapshot, events: readonly StoredEvent[]): ToolEvent {
  const refused =
    damaged.length === 0
      ? ''
      : ` Refused, because they are damaged, forged or missing: the snapshots ${damaged.join(', ')}.`;
  if (!snapshot)
    return {
      eventType: 'SnapshotFailed',
      content: `No snapshot of the workspace can be used.${refused}`,
      metadata: {},
    };
  const through = pointOfName(snapshot.name)?.sequence ?? 0;
  const later = events.filter(
    ({ sequence, metadata }) => sequence > through && metadata?.toolCall !== undefined,
  ).length;
  const lost =
    later === 0 ? '' : ` What ${later === 1 ? 'the call' : `the ${later} calls`} after that did to files is lost.`;
  return {
    eventType: 'WorkspaceRestored',
    content: `The workspace was lost with its sandbox. Its files are back as they were after event ${through}, ${whereOf(events, through)}.${lost}${refused} ${leftOutSentence}`,
    metadata: { snapshot: snapshot.name },
  };
}

/** Which turn and step of it that was, as far as the events go. */
function whereOf(events: readonly StoredEvent[], through: number): string {
  const before = events.filter(({ sequence }) => sequence <= through);
  const from = before.findLastIndex(({ eventType }) => eventType === 'InitialTask' || eventType === 'UserMessage');
  const answers = new Set(before.slice(from + 1).flatMap(({ metadata }) => metadata?.answerId ?? []));
  return from < 0
    ? 'in an earlier turn'
    : `step ${Math.max(1, answers.size)} of the turn that event ${before[from]?.sequence} began`;
}
