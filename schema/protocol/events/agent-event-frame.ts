// The frame `agent_event` of an event, its texts cut to the limits of frames.
import type { EventMetadata, StoredEvent } from '../../event.ts';
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
  const frame: ServerFrameOf<'agent_event'> = {
    type: 'agent_event',
    event: eventKindOf(event.eventType),
    eventType: event.eventType,
    content,
    timestamp: formatTime(event.createdAtMs),
    ...positionOf(event),
  };
  const isCut = metadata ? addFields(frame, metadata) : false;
  if (isCut || content !== event.content) frame.truncated = true;
  return frame;
}

/** An event has few of them, and encoding a field without a value takes as long as one with it. @returns whether one is cut */
function addFields(frame: ServerFrameOf<'agent_event'>, metadata: EventMetadata): boolean {
  const { thought, diff, wait } = metadata;
  const toolCallId = metadata.toolCallId ?? metadata.toolCall?.id ?? wait?.toolCallId;
  if (toolCallId !== undefined) frame.toolCallId = toolCallId;
  if (metadata.parentToolCallId !== undefined) frame.parentToolCallId = metadata.parentToolCallId;
  if (metadata.plan !== undefined) frame.plan = metadata.plan;
  if (metadata.command !== undefined) frame.command = metadata.command;
  if (metadata.exitCode !== undefined) frame.exitCode = metadata.exitCode;
  if (metadata.background !== undefined) frame.background = metadata.background;
  if (metadata.path !== undefined) frame.path = metadata.path;
  if (metadata.lines !== undefined) frame.lines = metadata.lines;
  if (metadata.glob !== undefined) frame.glob = metadata.glob;
  if (metadata.mcp !== undefined) frame.mcp = metadata.mcp;
  if (metadata.url !== undefined) frame.url = metadata.url;
  if (thought !== undefined) frame.thought = cutText(thought, limits.wireThoughtCharsMax);
  if (diff !== undefined) frame.diff = cutText(diff, limits.wireDiffCharsMax);
  if (metadata.usage !== undefined) frame.usage = metadata.usage;
  if (metadata.context !== undefined) frame.context = metadata.context;
  if (metadata.model !== undefined) frame.model = metadata.model;
  if (wait !== undefined) frame.waitingFor = waitingForOf(wait);
  return frame.thought !== thought || frame.diff !== diff;
}

/** Of what came of a call both ends are shown: what a test run says of its failures stands at its end. */
function cutContent({ eventType, content }: StoredEvent): string {
  const isOutput = eventType.endsWith('Observation');
  return (isOutput ? keepHeadAndTail : cutText)(content, limits.wireContentCharsMax);
}
