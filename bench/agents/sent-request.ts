// Counts what an agent sends Anthropic: o200k tokens of all that a model reads, and what the provider's cache has of them.
import { createHash } from 'node:crypto';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';

export type CountedRequest = {
  /** Of the three, the whole request is made. */
  systemTokens: number;
  toolTokens: number;
  messageTokens: number;
  tokens: number;
  /** Read from the cache; the rest is read anew, and as a rule written. */
  cachedTokens: number;
  cacheWriteTokens: number;
  /** Of the request's last message: as a rule what the last call came to. */
  lastTokens: number;
  /** Whether that was an error: an agent that can't do what the script wants measures nothing. */
  isLastError: boolean;
  tools: number;
};

type Block = { [field: string]: unknown; type?: string; cache_control?: unknown };

/** The body of a request, as far as it is read here. */
export type AnthropicBody = {
  tools?: Block[];
  system?: string | Block[];
  messages: { role: string; content: string | Block[] }[];
};

/** What Anthropic's documents say that its own tools cost, which come without description and input. */
const tokensOfProviderTools: Record<string, number> = { bash: 245, text_editor: 700 };

const tokensOf = (text: string): number => countTokens(text, { allowedSpecial: 'all' });

function tokensOfTool({ type, name, description = '', input_schema }: Block): number {
  const known = Object.keys(tokensOfProviderTools).find((prefix) => type?.startsWith(`${prefix}_`));
  if (known !== undefined) return tokensOfProviderTools[known] ?? 0;
  return tokensOf(`${name}\n${description}\n${JSON.stringify(input_schema)}`);
}

/** Texts, names, inputs and results; nothing for ids and brackets, which are the same for every agent. */
function tokensOfBlock(block: Block): number {
  switch (block.type) {
    case 'tool_use':
      return tokensOf(`${block.name}\n${JSON.stringify(block.input)}`);
    case 'tool_result':
      return typeof block.content === 'string'
        ? tokensOf(block.content)
        : ((block.content ?? []) as Block[]).reduce((sum, inner) => sum + tokensOfBlock(inner), 0);
    case 'thinking':
      return tokensOf(String(block.thinking));
    default:
      return tokensOf(String(block.text ?? ''));
  }
}

type Piece = { tokens: number; key: string; isMarked: boolean };

const blocksOf = (content: string | Block[] | undefined): Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);

/** Breakpoints say nothing to the model, and a text alone is the same as a list of that text. */
function keyOf(role: string, block: Block): string {
  const listed = typeof block.content === 'string' ? { ...block, content: blocksOf(block.content) } : block;
  const withoutMarks = JSON.stringify(listed, (name, value: unknown) => (name === 'cache_control' ? undefined : value));
  return `${role} ${withoutMarks}`;
}

const isMarked = (block: Block): boolean =>
  block.cache_control !== undefined || (Array.isArray(block.content) && (block.content as Block[]).some(isMarked));

/** How many blocks before a breakpoint Anthropic looks for the end of what it has. */
const blocksLookedBack = 20;
/** What is shorter isn't kept. */
const cachedTokensMin = 1_024;

/**
 * A provider's cache by Anthropic's rules: a breakpoint keeps what lies before it; a request reads the longest beginning that
 * is kept and ends at most 20 blocks before one of its breakpoints. It forgets nothing here; Anthropic does after five minutes.
 */
export class AnthropicCache {
  readonly #kept = new Set<string>();

  /** Requests must come in the order in which they were sent. */
  count({ tools = [], system, messages }: AnthropicBody): CountedRequest {
    const ofTools = tools.map((tool) => pieceOf('tool', tool, tokensOfTool(tool)));
    const ofSystem = blocksOf(system).map((block) => pieceOf('system', block, tokensOfBlock(block)));
    const ofMessages = messages.map(({ role, content }) =>
      blocksOf(content).map((block) => pieceOf(role, block, tokensOfBlock(block))),
    );
    const pieces = [...ofTools, ...ofSystem, ...ofMessages.flat()];
    return {
      systemTokens: addUp(ofSystem),
      toolTokens: addUp(ofTools),
      messageTokens: addUp(ofMessages.flat()),
      tokens: addUp(pieces),
      lastTokens: addUp(ofMessages.at(-1) ?? []),
      isLastError: blocksOf(messages.at(-1)?.content).some(({ is_error }) => is_error === true),
      tools: tools.length,
      ...this.#readAndWrite(pieces),
    };
  }

  #readAndWrite(pieces: readonly Piece[]): Pick<CountedRequest, 'cachedTokens' | 'cacheWriteTokens'> {
    const whole = createHash('sha256');
    const beginnings = pieces.map(({ key }) => whole.update(`${key}\n`).copy().digest('base64'));
    const marked = pieces.flatMap((piece, at) => (piece.isMarked ? [at] : []));
    const ends: number[] = [];
    for (const { tokens } of pieces) ends.push((ends.at(-1) ?? 0) + tokens);
    const canReadAt = (at: number) =>
      this.#kept.has(beginnings[at] ?? '') && marked.some((mark) => at <= mark && mark - at < blocksLookedBack);
    const cachedTokens = ends[beginnings.findLastIndex((_, at) => canReadAt(at))] ?? 0;
    const writtenTo = ends[marked.at(-1) ?? -1] ?? 0;
    for (const at of marked) if ((ends[at] ?? 0) >= cachedTokensMin) this.#kept.add(beginnings[at] ?? '');
    return { cachedTokens, cacheWriteTokens: Math.max(0, writtenTo - cachedTokens) };
  }
}

const pieceOf = (role: string, block: Block, tokens: number): Piece => ({
  tokens,
  key: keyOf(role, block),
  isMarked: isMarked(block),
});

const addUp = (pieces: readonly Piece[]): number => pieces.reduce((sum, { tokens }) => sum + tokens, 0);
