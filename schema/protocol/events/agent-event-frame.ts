// The frame `agent_event` of an event, its texts cut to the limits of frames.
import type { StoredEvent } from '../../event.ts';
import { limits } from '../../limits.ts';
import { keepHeadAndTail } from '../../rules/head-and-tail.ts';
import { cutText, formatTime } from '../../rules/text.ts';
import type { EventKind } from '../server-frames/agent-event.ts';
import type { ServerFrameOf } from '../server-frames/server-frames.ts';
import { waitingForOf } from '../waiting-for.ts';
import { positionOf } from './event-position.ts';

/** The reference's field `event`, which follows from the type's name: `CmdRunAction` is an action. */
export function eventKindOf(eventType: string): EventKind {
  if (eventType.includes('Error')) return 'error';
  if (eventType.endsWith('Action')) return 'action';
  if (eventType.endsWith('Observation')) return 'observation';
  return 'state';
}

export function agentEventFrameOf(event: StoredEvent): ServerFrameOf<'agent_event'> {
  const { metadata } = event;
  const content = cutContent(event);
  const thought = metadata?.thought === undefined ? undefined : cutText(metadata.thought, limits.wireThoughtCharsMax);
  const diff = metadata?.diff === undefined ? undefined : cutText(metadata.diff, limits.wireDiffCharsMax);
  const isCut =
    content !== event.content ||
    (thought?.length ?? 0) < (metadata?.thought?.length ?? 0) ||
    (diff?.length ?? 0) < (metadata?.diff?.length ?? 0);
  return {
    type: 'agent_event',
    event: eventKindOf(event.eventType),
    eventType: event.eventType,
    content,
    timestamp: formatTime(event.createdAtMs),
    ...positionOf(event),
    toolCallId: metadata?.toolCallId ?? metadata?.toolCall?.id ?? metadata?.wait?.toolCallId,
    parentToolCallId: metadata?.parentToolCallId,
    plan: metadata?.plan,
    command: metadata?.command,
    exitCode: metadata?.exitCode,
    background: metadata?.background,
    path: metadata?.path,
    lines: metadata?.lines,
    glob: metadata?.glob,
    mcp: metadata?.mcp,
    url: metadata?.url,
    thought,
    diff,
    usage: metadata?.usage,
    context: metadata?.context,
    model: metadata?.model,
    waitingFor: metadata?.wait && waitingForOf(metadata.wait),
    ...(isCut && { truncated: true }),
  };
}

/** Of what came of a call both ends are shown: what a test run says of its failures stands at its end. */
function cutContent({ eventType, content }: StoredEvent): string {
  const isOutput = eventType.endsWith('Observation');
  return (isOutput ? keepHeadAndTail : cutText)(content, limits.wireContentCharsMax);
}
