// Tells a session line by line: events as they are stored, and what happens while it happens.
import type { SessionEvent, TransientFrame } from '../../client/index.ts';
import type { Colors } from '../show/colors.ts';
import { escapeLine, escapeText, toJsonLine } from '../show/escape-text.ts';
import { eventLines } from '../show/event-lines.ts';
import { LiveText } from '../show/live-text.ts';
import { changesBetween, filesOf } from '../show/tree-changes.ts';

export interface Story {
  takeEvent(event: SessionEvent): void;
  takeTransient(frame: TransientFrame): void;
  /** Frames may have been missed: what is shown while it happens isn't whole. */
  lose(): void;
  /** Lines of what is being written, for below the rest. */
  readonly tail: readonly string[];
}

type Print = (lines: readonly string[]) => void;
type FrameOf<Type extends TransientFrame['type']> = Extract<TransientFrame, { type: Type }>;

/** Of what the model is writing. */
const tailLinesMax = 5;
/** Of an answer that is kept until its event, which may hold the beginning only. */
const writtenCharsMax = 200_000;
/** Files that a change names; of more it says how many. */
const filesNamedMax = 8;

export class TextStory implements Story {
  readonly #print: Print;
  readonly #colors: Colors;
  readonly #readColumns: () => number | undefined;
  readonly #output = new LiveText();
  /** Undefined while no command runs. */
  #isOutputWhole: boolean | undefined;
  #hasShownOutput = false;
  #written: { text: string; isThought: boolean } | undefined;
  #files: ReadonlySet<string> = new Set();
  #queuePosition: number | undefined;
  /** Whether the engine that has the session can't be reached, until the next frame. */
  #isMoving = false;

  /** @param readColumns of the terminal, which may change; undefined where there is none */
  constructor(print: Print, colors: Colors, readColumns: () => number | undefined = () => undefined) {
    this.#print = print;
    this.#colors = colors;
    this.#readColumns = readColumns;
  }

  get tail(): readonly string[] {
    if (this.#isMoving) return ['Moving to another engine…'];
    if (this.#queuePosition !== undefined) return [`Waiting for a sandbox: number ${this.#queuePosition} in line.`];
    if (this.#output.rest !== '') return [`  ${escapeLine(this.#output.rest)}`];
    if (!this.#written) return [];
    const lines = escapeText(this.#written.text.slice(-2_000)).trimEnd().split('\n');
    return lines.slice(-tailLinesMax);
  }

  takeEvent(event: SessionEvent): void {
    this.#queuePosition = undefined;
    this.#isMoving = false;
    if (event.type === 'agent_event' && event.eventType === 'CmdRunAction') this.#isOutputWhole = true;
    const isOutput: boolean = event.type === 'agent_event' && event.eventType === 'CmdOutputObservation';
    const isOutputShown = isOutput && this.#hasShownOutput && this.#isOutputWhole === true;
    if (isOutput) this.#endOutput();
    const wholeText = this.#takeWritten(event);
    this.#print(eventLines(event, { colors: this.#colors, isOutputShown, wholeText, columns: this.#readColumns() }));
  }

  takeTransient(frame: TransientFrame): void {
    this.#isMoving = frame.type === 'status' && frame.status === 'moving';
    switch (frame.type) {
      case 'agent_output':
        return this.#takeOutput(frame);
      case 'agent_delta':
        return this.#takeDelta(frame);
      case 'file_tree':
        return this.#takeTree(frame);
      case 'sandbox_queue':
        this.#queuePosition = frame.position;
        return;
      case 'model_retry':
        return this.#warn(
          `The model's provider failed (${escapeLine(frame.code)}); it is asked again in ${Math.ceil(frame.waitMs / 1_000)} s.`,
        );
      case 'model_wait':
        return this.#warn(
          `The model's provider limits how much may be asked at once; this waits ${Math.ceil(frame.waitMs / 1_000)} s or longer.`,
        );
      case 'status':
        return this.#isMoving ? undefined : this.#warn(escapeLine(frame.message));
    }
  }

  lose(): void {
    if (this.#isOutputWhole !== undefined) this.#isOutputWhole = false;
    this.#written = undefined;
    this.#queuePosition = undefined;
    this.#isMoving = false;
  }

  #takeOutput({ text, skippedChars }: FrameOf<'agent_output'>): void {
    this.#hasShownOutput = true;
    if (skippedChars) this.#print([this.#colors.faint(`  … ${skippedChars} characters were left out`)]);
    this.#printOutput(this.#output.add(text));
  }

  #endOutput(): void {
    this.#printOutput(this.#output.end());
    this.#hasShownOutput = false;
    this.#isOutputWhole = undefined;
  }

  #printOutput(lines: readonly string[]): void {
    this.#print(lines.map((line) => `  ${escapeText(line)}`));
  }

  #takeDelta({ text, ...frame }: FrameOf<'agent_delta'>): void {
    const isThought = frame.isThought === true;
    const before = this.#written?.isThought === isThought ? this.#written.text : '';
    this.#written = { text: (before + text).slice(0, writtenCharsMax), isThought };
  }

  /** @returns the whole of a text that the event holds the beginning of, where all of it was heard */
  #takeWritten(event: SessionEvent): string | undefined {
    const written = this.#written;
    this.#written = undefined;
    if (!written || event.type !== 'agent_event' || !event.truncated) return undefined;
    return written.text.startsWith(event.content) ? written.text : undefined;
  }

  #takeTree({ tree }: FrameOf<'file_tree'>): void {
    const files = filesOf(tree);
    const { added, removed } = changesBetween(this.#files, files);
    this.#files = files;
    const named = [...added.map((path) => `+ ${path}`), ...removed.map((path) => `- ${path}`)].map(escapeLine);
    if (named.length === 0) return;
    const shown = named.length > filesNamedMax ? [`${added.length} added, ${removed.length} removed`] : named;
    this.#print([this.#colors.faint(`files: ${shown.join(', ')}`)]);
  }

  #warn(sentence: string): void {
    this.#print([this.#colors.warning(sentence)]);
  }
}

/** Every frame as the engine sent it, one JSON object a line. */
export class JsonStory implements Story {
  readonly #print: Print;
  readonly tail: readonly string[] = [];

  constructor(print: Print) {
    this.#print = print;
  }

  takeEvent(event: SessionEvent): void {
    this.#print([toJsonLine(event)]);
  }

  takeTransient(frame: TransientFrame): void {
    this.#print([toJsonLine(frame)]);
  }

  lose(): void {}
}
