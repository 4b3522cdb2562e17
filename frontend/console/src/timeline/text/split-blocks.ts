// Parts of a Markdown text that stand for themselves, so that one that grows is read anew in its last part alone. Pure.

/** A fence of code has its own kind: it needs no reading. */
export type Block = { kind: 'text'; text: string } | { kind: 'code'; language: string; code: string };

const fenceStart = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})\s*([^\s`]*)/;
const listItem = /^\s*(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
/** A line that may belong to the part before it though a blank one stands between. */
const goesOn = /^(?:\s|>|\[\^)/;

/** @returns blocks in order; each is the same text as long as what stands in it is the same */
export function splitBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: string[] = [];
  let hasList = false;
  const close = () => {
    const text = open.join('\n').replace(/\n+$/, '');
    if (text.trim() !== '') blocks.push({ kind: 'text', text });
    open = [];
    hasList = false;
  };
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    const isBehindBlank = open.at(-1)?.trim() === '';
    const fence = hasList && !isBehindBlank ? null : fenceStart.exec(line); // One below an item is part of its list.
    if (fence && !(at === lines.length - 1 && mayBeText(fence[1] ?? ''))) {
      close();
      const end = findFenceEnd(lines, at + 1, fence[1] ?? '');
      blocks.push({ kind: 'code', language: fence[2] ?? '', code: lines.slice(at + 1, end).join('\n') });
      at = end;
      continue;
    }
    const isItem = listItem.test(line);
    if (isBehindBlank && line.trim() !== '' && !goesOn.test(line) && !(isItem && hasList)) close();
    hasList ||= isItem;
    open.push(line);
  }
  close();
  return blocks;
}

/** A line of backticks that isn't at its end yet may get one behind other characters, with which it is a text. */
const mayBeText = (fence: string): boolean => fence.startsWith('`');

function findFenceEnd(lines: readonly string[], from: number, fence: string): number {
  const end = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}\\s*$`);
  for (let at = from; at < lines.length; at++) if (end.test(lines[at] as string)) return at;
  return lines.length;
}
