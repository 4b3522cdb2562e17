// Counts what Anthropic is sent: tokens as the engine estimates them, and what the provider's cache would have held of them.
import { createHash } from 'node:crypto';
import { tokensOfText } from '../../../actors/session/compaction.ts';

export type SentTokens = {
  /** All of the request; the two below are part of it. */
  tokens: number;
  cachedTokens: number;
  cacheWriteTokens: number;
};

type Block = { [field: string]: unknown; cache_control?: unknown };

/** The body of a request, as far as it is read here. */
export type AnthropicRequest = {
  tools?: Block[];
  system?: Block[];
  messages: { role: string; content: Block[] }[];
};

/**
 * The cache has no end: what one request had up to a breakpoint of its own is held from then on. Of a request counts as
 * cached what it has up to the last of its own breakpoints that is held, as written what is between there and its last
 * breakpoint, and as fresh what is behind. Anthropic forgets after five minutes, holds nothing below some thousand tokens,
 * and looks a few blocks before a breakpoint too; here it doesn't.
 */
export class ProviderCache {
  readonly #held = new Set<string>();

  /** Requests must come in the order in which they were sent. */
  count(request: AnthropicRequest): SentTokens {
    const beginning = createHash('sha256');
    const beginnings: string[] = [];
    const sent: SentTokens = { tokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };
    let markedTokens = 0;
    for (const { text, isMarked } of listPieces(request)) {
      beginning.update(`${text}\n`);
      sent.tokens += tokensOfText(text);
      if (!isMarked) continue;
      const key = beginning.copy().digest('base64');
      if (this.#held.has(key)) sent.cachedTokens = sent.tokens;
      markedTokens = sent.tokens;
      beginnings.push(key);
    }
    for (const key of beginnings) this.#held.add(key);
    return { ...sent, cacheWriteTokens: markedTokens - sent.cachedTokens };
  }
}

/** In the order in which the provider reads them, each as the JSON that it came as, without its breakpoint. */
function listPieces({ tools = [], system = [], messages }: AnthropicRequest): { text: string; isMarked: boolean }[] {
  const ofMessages = messages.flatMap(({ role, content }) => content.map((block) => ({ role, ...block })));
  return [...tools, ...system, ...ofMessages].map(({ cache_control, ...block }) => ({
    text: JSON.stringify(block),
    isMarked: cache_control !== undefined,
  }));
}
