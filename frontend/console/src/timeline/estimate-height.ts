// How high an item will be, guessed before a browser has laid it out: a good guess keeps the scroll bar still. Pure.
import type { Item } from './items/item.ts';

const lineHeight = 20;
const charsOfLine = 80;

const countLines = (text: string, max: number): number => Math.min(max, text.split('\n', max).length);

/** A list asks for the heights of all whenever one has been measured. */
const guessed = new WeakMap<Item, number>();

export function estimateHeight(item: Item): number {
  const known = guessed.get(item);
  if (known !== undefined) return known;
  const height = guessHeight(item);
  guessed.set(item, height);
  return height;
}

function guessHeight(item: Item): number {
  switch (item.kind) {
    case 'message':
      return (
        24 + Math.max(1, Math.ceil(item.said.text.length / charsOfLine) + countLines(item.said.text, 200) / 2) * 24
      );
    case 'command':
      return 36 + (item.result ? (countLines(item.result.text, 17) + 1) * lineHeight : 0);
    case 'change':
      return 36 + (item.diff === undefined ? 30 : countLines(item.diff, 31) * lineHeight);
    case 'plan':
      return 28 + (item.items.every(({ state }) => state !== 'done') ? item.items.length * 24 : 0);
    case 'failure':
    case 'turnEnd':
      return 56;
    case 'line':
      return 18;
    default:
      return 28;
  }
}
