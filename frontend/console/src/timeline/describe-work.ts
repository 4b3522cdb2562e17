// What goes on in a turn right now, in a few words, and since when the turn goes on. Pure.
import { formatDuration } from '../ui/format.ts';
import type { Item, ItemOf, Look } from './items/item.ts';
import { type Live, shownCall, shownDraft } from './live/live.ts';

/** `subject`: the command or path that it is about, in the words of the agent. */
export type Work = { words: string; subject?: string };

/** @param through the sequence of the last event that is shown */
export function describeWork(items: readonly Item[], live: Live, through: number): Work {
  const { retry, queuePosition, rateWaitMs, isMoving } = live;
  if (isMoving) return { words: 'Moving to another engine…' };
  if (retry)
    return {
      words: `The model’s provider failed (${retry.code}). It is asked again in ${formatDuration(retry.waitMs)}.`,
    };
  if (rateWaitMs !== null)
    return { words: `Waiting for the limits of the model’s provider, ${formatDuration(rateWaitMs)} at least` };
  if (queuePosition !== null) return { words: `Waiting for a sandbox: place ${queuePosition} in the queue` };
  const call = describeCall(items.at(-1));
  if (call) return call;
  const written = shownCall(live.call, through);
  if (written) return { words: 'Writing a call of', subject: written.tool };
  if (shownDraft(live.answer, through) !== '') return { words: 'Writing' };
  if (shownDraft(live.thought, through) !== '') return { words: 'Thinking' };
  return { words: items.some(({ kind }) => kind === 'message') ? 'Waiting for the model' : 'Starting' };
}

/** Calls run one after another, so that the last one that isn't over is the one that runs. */
function describeCall(item: Item | undefined): Work | undefined {
  if (item?.kind === 'looks') return describeLook(item.looks.find(({ state }) => state === 'running'));
  if (!item || !('state' in item)) return undefined;
  if (item.state === 'asked') return { words: 'Waiting for you' };
  if (item.state !== 'running') return undefined;
  if (item.kind === 'command') return describeCommand(item);
  if (item.kind === 'change') return { words: item.what === 'write' ? 'Writing' : 'Editing', subject: item.path };
  if (item.kind === 'delegate') return describeSubAgent(item);
  return item.kind === 'call' ? { words: 'Calling', subject: item.name } : undefined;
}

function describeCommand({ command, acts, background }: ItemOf<'command'>): Work {
  if (acts) return { words: `Looking at background command ${background ?? ''}` };
  return { words: 'Running', subject: firstLineOf(command) };
}

function describeSubAgent({ nested, task }: ItemOf<'delegate'>): Work {
  const work = describeCall(nested.at(-1));
  const words = work ? `${work.words[0]?.toLowerCase()}${work.words.slice(1)}` : 'at work';
  return { words: `A sub-agent: ${words}`, subject: work?.subject ?? firstLineOf(task.text) };
}

const firstLineOf = (text: string): string => text.trim().split('\n', 1)[0] ?? '';

const lookWords = { read: 'Reading', search: 'Searching', find: 'Looking for files', fetch: 'Fetching' } as const;

const describeLook = (look: Look | undefined): Work | undefined =>
  look && { words: lookWords[look.what], subject: look.pattern || look.path };

/** @returns when the turn that goes on began: with the first that was said or done since the last one ended */
export function findTurnStart(items: readonly Item[]): string | undefined {
  const ended = items.findLastIndex(({ kind }) => kind === 'turnEnd');
  return items.slice(ended + 1).find(({ kind, at }) => kind === 'message' && at !== '')?.at;
}
