// Writes a conversation as messages of Chat Completions, in the few forms that every server takes.
import { createHash } from 'node:crypto';
import type OpenAI from 'openai';
import { limits } from '../../../../schema/limits.ts';
import { legalizeCalls } from '../../legal-calls.ts';
import type { AnsweredCall, ContextEntry, ModelRequest, Shown, Thought, ToolDescription } from '../../model.ts';
import { continueText, isBlank, userTextOf } from '../../user-text.ts';

type AnswerEntry = Extract<ContextEntry, { kind: 'answer' }>;
/** Thoughts come and go under names that the SDK's types lack. */
type Message = OpenAI.Chat.ChatCompletionMessageParam & { [field: string]: unknown };
type UserContent = string | OpenAI.Chat.ChatCompletionContentPart[];
type UserMessage = Message & { role: 'user'; content: UserContent };

export type OpenAiRequestOptions = {
  model: string;
  /** Undefined for a model that isn't told how much to think. */
  effort: OpenAI.ReasoningEffort | undefined;
  /** Whether thoughts are given back. */
  givesThoughts: boolean;
  /** Whether OpenAI itself is asked: other servers have other bounds of answers, and refuse what they don't know. */
  isOpenAi: boolean;
  /** Whether the server is asked to count: some older ones refuse that. */
  countsTokens: boolean;
};

export function writeOpenAiRequest(
  { system, context, tools }: ModelRequest,
  { model, effort, givesThoughts, isOpenAi, countsTokens }: OpenAiRequestOptions,
): OpenAI.Chat.ChatCompletionCreateParamsStreaming {
  const messages = writeMessages(context, givesThoughts);
  return {
    model,
    messages: [...(isBlank(system) ? [] : [{ role: 'system' as const, content: system.toWellFormed() }]), ...messages],
    stream: true,
    ...(countsTokens && { stream_options: { include_usage: true } }),
    ...(tools.length > 0 && { tools: tools.map(writeTool) }),
    ...(effort && { reasoning_effort: effort }),
    ...(isOpenAi && {
      max_completion_tokens: limits.answerTokensMax,
      prompt_cache_key: cacheKeyOf(system, context),
    }),
  };
}

const writeTool = ({ name, description, inputSchema }: ToolDescription): OpenAI.Chat.ChatCompletionTool => ({
  type: 'function',
  function: { name, description, parameters: { properties: {}, ...inputSchema, type: 'object' } },
});

/** Requests with the same key come to the same machine, which has their beginning in its cache. */
export function cacheKeyOf(system: string, [first]: readonly ContextEntry[]): string {
  return createHash('sha256')
    .update(system)
    .update(first?.text ?? '')
    .digest('base64url')
    .slice(0, 32);
}

/** Templates of many models take alternating turns only, so neighbouring texts of the user are one message. */
function writeMessages(context: readonly ContextEntry[], givesThoughts: boolean): Message[] {
  const messages: Message[] = [];
  const addToUser = (shown: Shown) => {
    const last = messages.at(-1);
    const content = writeUserContent(shown);
    if (content.length === 0) return;
    if (isUserMessage(last)) last.content = joinContents(last.content, content);
    else messages.push({ role: 'user', content });
  };
  const endWithUser = () => {
    const role = messages.at(-1)?.role;
    if (role !== 'user' && role !== 'tool') addToUser({ text: continueText });
  };
  for (const entry of legalizeCalls(context)) {
    if (entry.kind !== 'answer') addToUser({ ...entry, text: userTextOf(entry) });
    else if (!isBlank(entry.text) || entry.calls.length > 0) {
      endWithUser();
      messages.push(writeAnswer(entry, givesThoughts), ...entry.calls.map(writeResult));
      for (const { call, observation } of entry.calls.filter(hasImages))
        addToUser({ ...observation, text: `[What the call of ${call.name} returned as an image:]` });
    }
  }
  endWithUser();
  return messages;
}

/** A tool's result is text alone, so its pictures follow it. */
const hasImages = ({ observation: { images = [] } }: AnsweredCall): boolean =>
  images.some(({ dataBase64 }) => dataBase64 !== undefined);

/** Text alone stays text, which is all that many servers take. */
function writeUserContent({ text, images = [] }: Shown): UserContent {
  const wellFormed = isBlank(text) ? '' : text.toWellFormed();
  const parts = images.flatMap(({ mediaType, dataBase64 }): OpenAI.Chat.ChatCompletionContentPart[] =>
    dataBase64 === undefined
      ? []
      : [{ type: 'image_url', image_url: { url: `data:${mediaType};base64,${dataBase64}` } }],
  );
  return parts.length === 0 ? wellFormed : [...parts, ...partsOf(wellFormed)];
}

const joinContents = (first: UserContent, next: UserContent): UserContent =>
  typeof first === 'string' && typeof next === 'string' ? `${first}\n\n${next}` : [...partsOf(first), ...partsOf(next)];

const partsOf = (content: UserContent): OpenAI.Chat.ChatCompletionContentPart[] =>
  typeof content !== 'string' ? content : content === '' ? [] : [{ type: 'text', text: content }];

const isUserMessage = (message: Message | undefined): message is UserMessage => message?.role === 'user';

function writeAnswer({ thoughts, text, calls }: AnswerEntry, givesThoughts: boolean): Message {
  return {
    role: 'assistant',
    content: isBlank(text) ? null : text.toWellFormed(),
    ...(calls.length > 0 && { tool_calls: calls.map(writeCall) }),
    ...(givesThoughts && writeThoughts(thoughts)),
  };
}

const writeCall = ({ call }: AnsweredCall): OpenAI.Chat.ChatCompletionMessageToolCall => ({
  id: shortIdOf(call.id),
  type: 'function',
  function: { name: call.name, arguments: JSON.stringify(call.input ?? {}) },
});

/** Some servers refuse a result of nothing. */
const writeResult = ({ call, observation: { text } }: AnsweredCall): Message => ({
  role: 'tool',
  tool_call_id: shortIdOf(call.id),
  content: isBlank(text) ? '(nothing)' : text.toWellFormed(),
});

/** OpenAI's limit; other providers' ids are longer. */
const idCharsMax = 40;

export const shortIdOf = (id: string): string =>
  id.length <= idCharsMax ? id : `call_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;

/** The names under which servers send thoughts, and want them back. */
export const thoughtFields = ['reasoning_content', 'reasoning'] as const;
type ThoughtField = (typeof thoughtFields)[number];

/** Stands before what is kept of a thought's origin: a field's name, or a server's own details of the thought as JSON. */
const fieldMark = 'openai-field:';
const detailsMark = 'openai-details:';

export const fieldSignatureOf = (field: ThoughtField): string => fieldMark + field;
export const detailsSignatureOf = (details: readonly unknown[]): string => detailsMark + JSON.stringify(details);

/**
 * A server gets its thoughts under the names that it gave them, and its details in place of their texts; other providers'
 * thoughts are left out.
 */
function writeThoughts(thoughts: readonly Thought[]): Record<string, unknown> {
  const detailed = thoughts.find(({ signature }) => signature?.startsWith(detailsMark));
  if (detailed?.signature) return { reasoning_details: readDetails(detailed.signature) };
  const written: Record<string, string> = {};
  for (const { text, signature = '' } of thoughts) {
    if (!signature.startsWith(fieldMark)) continue;
    const field = signature.slice(fieldMark.length);
    written[field] = `${written[field] ?? ''}${text.toWellFormed()}`;
  }
  return written;
}

/** Only what `detailsSignatureOf` wrote has the mark, unless a row was changed by hand. */
function readDetails(signature: string): unknown {
  try {
    return JSON.parse(signature.slice(detailsMark.length));
  } catch {
    return undefined;
  }
}
