// Writes a conversation as Anthropic's messages: alternating turns, results first, marked for the cache.
import type Anthropic from '@anthropic-ai/sdk';
import type { Effort } from '../../../../schema/choice.ts';
import { legalizeCalls } from '../../legal-calls.ts';
import type { AnsweredCall, ContextEntry, ModelRequest, Shown, Thought, ToolDescription } from '../../model.ts';
import { continueText, isBlank, userTextOf } from '../../user-text.ts';
import type { AnthropicThinking } from './anthropic-thinking.ts';

type Block = Anthropic.ContentBlockParam;
type Message = { role: 'user' | 'assistant'; content: Block[] };
type AnswerEntry = Extract<ContextEntry, { kind: 'answer' }>;

export type AnthropicRequestOptions = {
  model: string;
  thinking: AnthropicThinking;
  /** How much; undefined for as much as is usual. */
  effort?: Effort | undefined;
  /** Whether thoughts are given back. */
  givesThoughts: boolean;
  /** How long the answer may be. */
  answerTokensMax: number;
};

/** Keeps a prefix of the request for five minutes, at a tenth of the price or less for whoever sends it again. */
const cached = { cache_control: { type: 'ephemeral' } } as const;

/**
 * The wire only ever grows at its end from one step of a conversation to the next: the provider refuses thoughts before
 * which anything changed. Its four breakpoints of the cache stand behind the tools, the system prompt and the last two
 * turns of the user: the last one is written, the one before it is read.
 */
export function writeAnthropicRequest(
  { system, context, tools }: ModelRequest,
  { model, thinking: asked, effort, givesThoughts, answerTokensMax }: AnthropicRequestOptions,
): Anthropic.MessageCreateParamsStreaming {
  const messages = writeMessages(context, givesThoughts);
  const thinking = chooseThinking({ asked, effort, answerTokensMax, messages });
  for (const message of messages.filter(({ role }) => role === 'user').slice(-2)) markForCache(message);
  return {
    model,
    max_tokens: answerTokensMax,
    stream: true,
    ...(thinking && { thinking }),
    // Newer models have every level under the same name.
    ...(asked === 'adaptive' && effort && { output_config: { effort } }),
    ...(!isBlank(system) && { system: [{ type: 'text', text: system.toWellFormed(), ...cached }] }),
    ...(tools.length > 0 && { tools: tools.map((tool, at) => writeTool(tool, at === tools.length - 1)) }),
    messages,
  };
}

const budgetTokensMin = 1_024;
/** Which share of an answer's tokens may be thoughts; the rest is left for its text and calls. */
const budgetShares: Record<Effort, number> = { low: 1 / 8, medium: 1 / 4, high: 1 / 2, max: 3 / 4 };

type ThinkingOptions = Pick<AnthropicRequestOptions, 'effort' | 'answerTokensMax'> & {
  asked: AnthropicThinking;
  messages: readonly Message[];
};

/** Asks for no thinking that Anthropic would refuse. */
function chooseThinking({
  asked,
  effort = 'high',
  answerTokensMax,
  messages,
}: ThinkingOptions): Anthropic.ThinkingConfigParam | undefined {
  if (asked === 'none') return undefined;
  if (asked === 'adaptive') return { type: 'adaptive', display: 'summarized' };
  const budgetTokens = Math.floor(answerTokensMax * budgetShares[effort]);
  if (budgetTokens < budgetTokensMin || !canThinkOn(messages)) return undefined;
  return { type: 'enabled', budget_tokens: budgetTokens };
}

/** With a budget, Anthropic takes thoughts only where the answers since the user's last message began with one. */
function canThinkOn(messages: readonly Message[]): boolean {
  const isUserMessage = ({ role, content }: Message) =>
    role === 'user' && !content.some(({ type }) => type === 'tool_result');
  const first = messages[messages.findLastIndex(isUserMessage) + 1]?.content[0]?.type;
  return first === undefined || first === 'thinking' || first === 'redacted_thinking';
}

function markForCache(message: Message): void {
  const last = message.content.pop();
  // Other types of blocks can't be marked, and a user's turn has none.
  if (last?.type === 'text' || last?.type === 'tool_result') message.content.push({ ...last, ...cached });
}

const writeTool = ({ name, description, inputSchema }: ToolDescription, isLast: boolean) => ({
  name,
  description,
  input_schema: { ...inputSchema, type: 'object' as const },
  ...(isLast && cached),
});

const continueTurn: Block = { type: 'text', text: continueText };

function writeMessages(context: readonly ContextEntry[], givesThoughts: boolean): Message[] {
  const messages: Message[] = [];
  const addToUser = (...blocks: Block[]) => {
    const last = messages.at(-1);
    if (blocks.length === 0) return;
    if (last?.role === 'user') last.content.push(...blocks);
    else messages.push({ role: 'user', content: blocks });
  };
  const endWithUser = () => {
    if (messages.at(-1)?.role !== 'user') addToUser(continueTurn);
  };
  for (const entry of legalizeCalls(context)) {
    if (entry.kind !== 'answer') addToUser(...imageBlocksOf(entry), ...textBlocksOf(userTextOf(entry)));
    else {
      const content = writeContent(entry, givesThoughts);
      if (content.length === 0) continue;
      endWithUser();
      messages.push({ role: 'assistant', content });
      addToUser(...entry.calls.map(resultBlockOf));
    }
  }
  endWithUser();
  return messages;
}

/** Before the text that is about them. */
const imageBlocksOf = ({ images = [] }: Shown): Anthropic.ImageBlockParam[] =>
  images.flatMap(({ mediaType, dataBase64 }) =>
    dataBase64 === undefined
      ? []
      : { type: 'image', source: { type: 'base64', media_type: mediaType, data: dataBase64 } },
  );

const textBlocksOf = (text: string): Anthropic.TextBlockParam[] =>
  isBlank(text) ? [] : [{ type: 'text', text: text.toWellFormed() }];

/** The answer as it came: each thought where it stood. An answer of thoughts alone can't be given back. */
function writeContent({ thoughts, text, calls }: AnswerEntry, givesThoughts: boolean): Block[] {
  if (isBlank(text) && calls.length === 0) return [];
  const content: Block[] = [];
  let chars = 0;
  let called = 0;
  const addUntil = (charsEnd: number, callsEnd: number) => {
    content.push(...textBlocksOf(text.slice(chars, charsEnd)), ...calls.slice(called, callsEnd).map(callBlockOf));
    chars = Math.max(chars, charsEnd);
    called = Math.max(called, callsEnd);
  };
  for (const thought of givesThoughts ? thoughts : []) {
    const block = thoughtBlockOf(thought);
    if (!block) continue;
    addUntil(thought.behind?.chars ?? 0, thought.behind?.calls ?? 0);
    content.push(block);
  }
  addUntil(text.length, calls.length);
  return content;
}

/** Stands before the data of a thought that the provider sealed: it has no text and no signature. */
const sealed = 'redacted:';

/** How a thought that came sealed is kept as a signature. */
export const sealedSignatureOf = (data: string): string => sealed + data;

/** The provider takes back only what it signed. */
function thoughtBlockOf({ text, signature }: Thought): Block | undefined {
  if (signature === undefined) return undefined;
  if (signature.startsWith(sealed)) return { type: 'redacted_thinking', data: signature.slice(sealed.length) };
  return { type: 'thinking', thinking: text, signature };
}

const callBlockOf = ({ call }: AnsweredCall): Block => ({
  type: 'tool_use',
  id: call.id,
  name: call.name,
  input: call.input ?? {},
});

const resultBlockOf = ({ call, observation }: AnsweredCall): Block => ({
  type: 'tool_result',
  tool_use_id: call.id,
  ...resultContentOf(observation),
  ...(observation.isError && { is_error: true }),
});

function resultContentOf(shown: Shown): Pick<Anthropic.ToolResultBlockParam, 'content'> {
  const { text } = shown;
  const images = imageBlocksOf(shown);
  if (images.length > 0) return { content: [...textBlocksOf(text), ...images] };
  return isBlank(text) ? {} : { content: text.toWellFormed() };
}
