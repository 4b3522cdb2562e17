// Takes thoughts out of a text that begins with them between <think> and </think>, as servers send it that don't tell them apart.

export type SplitText = { kind: 'text' | 'thought'; text: string };

const opening = '<think>';
const closing = '</think>';

export class ThinkTags {
  #state: 'beginning' | 'thought' | 'text' = 'beginning';
  /** What may be the beginning of a tag. */
  #held = '';

  addText(text: string): SplitText[] {
    if (this.#state === 'text') return [{ kind: 'text', text }];
    const all = this.#held + text;
    this.#held = '';
    return this.#state === 'beginning' ? this.#begin(all) : this.#think(all);
  }

  /** What is still held once the text is complete. */
  endText(): SplitText[] {
    const text = this.#held;
    this.#held = '';
    return text === '' ? [] : [{ kind: this.#state === 'thought' ? 'thought' : 'text', text }];
  }

  #begin(all: string): SplitText[] {
    const trimmed = all.trimStart();
    if (trimmed.startsWith(opening)) {
      this.#state = 'thought';
      return this.#think(trimmed.slice(opening.length).trimStart());
    }
    if (opening.startsWith(trimmed)) {
      this.#held = all;
      return [];
    }
    this.#state = 'text';
    return [{ kind: 'text', text: all }];
  }

  #think(all: string): SplitText[] {
    const end = all.indexOf(closing);
    if (end >= 0) {
      this.#state = 'text';
      const said = all.slice(end + closing.length);
      return [
        { kind: 'thought', text: all.slice(0, end) },
        { kind: 'text', text: said },
      ];
    }
    const heldChars = countTagChars(all);
    this.#held = all.slice(all.length - heldChars);
    return [{ kind: 'thought', text: all.slice(0, all.length - heldChars) }];
  }
}

/** How many characters at the end may be the beginning of the closing tag. */
function countTagChars(text: string): number {
  for (let chars = Math.min(closing.length - 1, text.length); chars > 0; chars--)
    if (closing.startsWith(text.slice(-chars))) return chars;
  return 0;
}
