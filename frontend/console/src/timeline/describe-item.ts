// Items in a sentence, for those who hear the page. Pure.
import { showDeceptive } from '../ui/find-deceptive.ts';
import type { Item } from './items/item.ts';

/** Characters that are read out: longer ones one reads oneself. */
const spokenCharsMax = 240;

export function describeItem(item: Item): string {
  if (item.kind === 'message') return `The agent says: ${shorten(item.said.text)}`;
  if (item.kind === 'asked') return `The agent waits for you: ${shorten(item.said.text)}`;
  if (item.kind === 'failure') return `Failed: ${shorten(item.text)}`;
  return item.kind === 'turnEnd' ? shorten(item.text) : '';
}

const shorten = (text: string): string =>
  showDeceptive(text.length > spokenCharsMax ? `${text.slice(0, spokenCharsMax)}…` : text);
