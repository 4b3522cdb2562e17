// Parts of a Markdown text that stand for themselves, so that one that grows is read anew in its last part alone. Pure.

/** A fence of code has its own kind: it needs no reading. */
export type Block = { kind: 'text'; text: string } | { kind: 'code'; language: string; code: string };

const fenceStart = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})\s*([^\s`]*)/;
/** A line that may belong to the part before it though a blank one stands between: in lists and quotes, or indented. */
const goesOn = /^(?:\s|[-*+]\s|\d{1,9}[.)]\s|>|\[\^)/;

/** @returns blocks in order; each is the same text as long as what stands in it is the same */
export function splitBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: string[] = [];
  const close = () => {
    const text = open.join('\n').replace(/\n+$/, '');
    if (text.trim() !== '') blocks.push({ kind: 'text', text });
    open = [];
  };
  const lines = markdown.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    const fence = isInList(open) ? null : fenceStart.exec(line);
    if (fence) {
      close();
      const end = findFenceEnd(lines, at + 1, fence[1] ?? '');
      blocks.push({ kind: 'code', language: fence[2] ?? '', code: lines.slice(at + 1, end).join('\n') });
      at = end;
    } else {
      if (open.at(-1)?.trim() === '' && line.trim() !== '' && !goesOn.test(line)) close();
      open.push(line);
    }
  }
  close();
  return blocks;
}

/** A fence below an item is part of its list. */
const isInList = (open: readonly string[]): boolean =>
  open.some((line) => /^\s*(?:[-*+]|\d{1,9}[.)])\s/.test(line)) && open.at(-1)?.trim() !== '';

function findFenceEnd(lines: readonly string[], from: number, fence: string): number {
  const end = new RegExp(`^ {0,3}${fence[0]}{${fence.length},}\\s*$`);
  for (let at = from; at < lines.length; at++) if (end.test(lines[at] as string)) return at;
  return lines.length;
}
