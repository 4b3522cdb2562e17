// Writes a conversation as the input of OpenAI's Responses, which its newer models need to think and call tools at once.
import type OpenAI from 'openai';
import { limits } from '../../../../schema/limits.ts';
import { legalizeCalls } from '../../legal-calls.ts';
import type { AnsweredCall, ContextEntry, ModelRequest, Shown, Thought, ToolDescription } from '../../model.ts';
import { continueText, isBlank, userTextOf } from '../../user-text.ts';
import { cacheKeyOf, shortIdOf } from './openai-request.ts';

type Item = OpenAI.Responses.ResponseInputItem;
type Content = OpenAI.Responses.ResponseInputContent;
type AnswerEntry = Extract<ContextEntry, { kind: 'answer' }>;

export type ResponsesRequestOptions = {
  model: string;
  effort: OpenAI.ReasoningEffort | undefined;
  /** Whether the model is asked to think. */
  thinks: boolean;
  /** Whether thoughts are given back. */
  givesThoughts: boolean;
};

/** Nothing is kept at OpenAI: thoughts come sealed, and are given back with each request. */
export function writeResponsesRequest(
  { system, context, tools }: ModelRequest,
  { model, effort, thinks, givesThoughts }: ResponsesRequestOptions,
): OpenAI.Responses.ResponseCreateParamsStreaming {
  return {
    model,
    input: writeInput(context, givesThoughts),
    ...(!isBlank(system) && { instructions: system.toWellFormed() }),
    ...(tools.length > 0 && { tools: tools.map(writeTool) }),
    ...(thinks && { reasoning: { summary: 'auto', ...(effort && { effort }) } }),
    include: ['reasoning.encrypted_content'],
    max_output_tokens: limits.answerTokensMax,
    prompt_cache_key: cacheKeyOf(system, context),
    store: false,
    stream: true,
  };
}

const writeTool = ({ name, description, inputSchema }: ToolDescription): OpenAI.Responses.FunctionTool => ({
  type: 'function',
  name,
  description,
  parameters: { properties: {}, ...inputSchema, type: 'object' },
  strict: false,
});

function writeInput(context: readonly ContextEntry[], givesThoughts: boolean): Item[] {
  const items: Item[] = [];
  const addToUser = (shown: Shown) => {
    const content = writeContent(shown);
    if (content.length > 0) items.push({ role: 'user', content });
  };
  const endWithUser = () => {
    const last = items.at(-1);
    if (!last || !(('role' in last && last.role === 'user') || isResult(last))) addToUser({ text: continueText });
  };
  for (const entry of legalizeCalls(context)) {
    if (entry.kind !== 'answer') addToUser({ ...entry, text: userTextOf(entry) });
    else if (!isBlank(entry.text) || entry.calls.length > 0) {
      endWithUser();
      items.push(...writeAnswer(entry, givesThoughts), ...entry.calls.map(writeResult));
    }
  }
  endWithUser();
  return items;
}

const isResult = (item: Item): boolean => item.type === 'function_call_output';

function writeContent({ text, images = [] }: Shown): Content[] {
  const pictures = images.flatMap(({ mediaType, dataBase64 }): Content[] =>
    dataBase64 === undefined
      ? []
      : [{ type: 'input_image', image_url: `data:${mediaType};base64,${dataBase64}`, detail: 'auto' }],
  );
  return [...pictures, ...(isBlank(text) ? [] : [{ type: 'input_text' as const, text: text.toWellFormed() }])];
}

/** The answer as it came: each thought where it stood. */
function writeAnswer({ thoughts, text, calls }: AnswerEntry, givesThoughts: boolean): Item[] {
  const items: Item[] = [];
  let chars = 0;
  let called = 0;
  const addUntil = (charsEnd: number, callsEnd: number) => {
    const said = text.slice(chars, charsEnd);
    if (!isBlank(said)) items.push({ role: 'assistant', content: said.toWellFormed() });
    items.push(...calls.slice(called, callsEnd).map(writeCall));
    chars = Math.max(chars, charsEnd);
    called = Math.max(called, callsEnd);
  };
  for (const thought of givesThoughts ? thoughts : []) {
    const item = writeThought(thought);
    if (!item) continue;
    addUntil(thought.behind?.chars ?? 0, thought.behind?.calls ?? 0);
    items.push(item);
  }
  addUntil(text.length, calls.length);
  return items;
}

const writeCall = ({ call }: AnsweredCall): Item => ({
  type: 'function_call',
  call_id: shortIdOf(call.id),
  name: call.name,
  arguments: JSON.stringify(call.input ?? {}),
});

function writeResult({ call, observation }: AnsweredCall): Item {
  const content = writeContent(observation);
  const hasImages = content.some(({ type }) => type === 'input_image');
  const { text } = observation;
  const output = hasImages ? content : isBlank(text) ? '(nothing)' : text.toWellFormed();
  return { type: 'function_call_output', call_id: shortIdOf(call.id), output };
}

/** Stands before a thought's id and what OpenAI sealed of it. */
const sealMark = 'openai-sealed:';

export const sealSignatureOf = (id: string, sealed: string): string => `${sealMark}${id} ${sealed}`;

/** Only what OpenAI sealed is taken back; thoughts of other providers, and of other servers, are left out. */
function writeThought({ text, signature = '' }: Thought): Item | undefined {
  const [, id, sealed] = /^openai-sealed:(\S+) (.+)$/s.exec(signature) ?? [];
  if (id === undefined || sealed === undefined) return undefined;
  return {
    type: 'reasoning',
    id,
    summary: isBlank(text) ? [] : [{ type: 'summary_text', text: text.toWellFormed() }],
    encrypted_content: sealed,
  };
}
