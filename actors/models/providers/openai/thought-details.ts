// A server's own details of its thoughts, such as OpenRouter's: sent in pieces, and wanted back as the list that they are.

type Details = { type?: unknown; index?: unknown; [name: string]: unknown };

export class ThoughtDetails {
  readonly whole: Details[] = [];

  /** Pieces of one thought follow each other. @returns how many characters the piece has */
  addPiece(piece: Details): number {
    const last = this.whole.at(-1);
    if (last && last.type === piece.type && last.index === piece.index) join(last, piece);
    else this.whole.push({ ...piece });
    return JSON.stringify(piece).length;
  }
}

/** The fields that come in pieces; of the others the last value counts. */
const growing = new Set(['text', 'summary', 'data']);

function join(last: Details, piece: Details): void {
  for (const [name, value] of Object.entries(piece)) {
    const before = last[name];
    if (growing.has(name) && typeof before === 'string' && typeof value === 'string') last[name] = before + value;
    else if (value !== null && value !== undefined) last[name] = value;
  }
}
