// Writes a conversation as Gemini's contents: parts with their signatures, and results in a turn of their own.
import { limits } from '../../../../schema/limits.ts';
import { legalizeCalls } from '../../legal-calls.ts';
import type { AnsweredCall, ContextEntry, ModelRequest, Shown, ToolDescription } from '../../model.ts';
import { continueText, isBlank, userTextOf } from '../../user-text.ts';
import { reduceSchema } from './gemini-schema.ts';
import type { GoogleThinking } from './google-thinking.ts';

/** The SDK's own types are older: they lack signatures and ids, which it sends all the same. */
type Part = {
  text?: string;
  inlineData?: { mimeType: string; data: string };
  thoughtSignature?: string;
  functionCall?: { id?: string; name: string; args: unknown };
  functionResponse?: { id?: string; name: string; response: Record<string, unknown> };
};
type Content = { role: 'user' | 'model'; parts: Part[] };
type AnswerEntry = Extract<ContextEntry, { kind: 'answer' }>;

/** The body of a request, without the model, which is part of its address. */
export type GoogleRequest = {
  contents: Content[];
  systemInstruction?: { role: 'system'; parts: Part[] };
  tools?: { functionDeclarations: FunctionDeclaration[] }[];
  safetySettings: { category: string; threshold: string }[];
  generationConfig: { maxOutputTokens: number; thinkingConfig?: GoogleThinking };
};

/**
 * Turns the optional filters off: an answer that a filter cuts leaves work on the user's code half done. What Google never
 * allows it refuses all the same.
 */
const safetySettings = [
  'HARM_CATEGORY_HARASSMENT',
  'HARM_CATEGORY_HATE_SPEECH',
  'HARM_CATEGORY_SEXUALLY_EXPLICIT',
  'HARM_CATEGORY_DANGEROUS_CONTENT',
  'HARM_CATEGORY_CIVIC_INTEGRITY',
].map((category) => ({ category, threshold: 'BLOCK_NONE' }));

export type GoogleRequestOptions = {
  /** Whether signatures are given back. */
  givesThoughts: boolean;
  /** Undefined for a model that isn't asked to think. */
  thinkingConfig?: GoogleThinking | undefined;
};

export function writeGoogleRequest(
  { system, context, tools }: ModelRequest,
  { givesThoughts, thinkingConfig }: GoogleRequestOptions,
): GoogleRequest {
  return {
    contents: writeContents(context, givesThoughts),
    ...(!isBlank(system) && { systemInstruction: { role: 'system', parts: textPartsOf(system) } }),
    ...(tools.length > 0 && { tools: [{ functionDeclarations: tools.map(writeTool) }] }),
    safetySettings,
    generationConfig: { maxOutputTokens: limits.answerTokensMax, ...(thinkingConfig && { thinkingConfig }) },
  };
}

type FunctionDeclaration = { name: string; description: string; parameters?: Record<string, unknown> };

function writeTool({ name, description, inputSchema }: ToolDescription): FunctionDeclaration {
  const parameters = reduceSchema(inputSchema);
  // Gemini refuses an object without properties.
  const hasParameters = Object.keys(parameters.properties ?? {}).length > 0;
  return { name, description, ...(hasParameters && { parameters: { ...parameters, type: 'object' } }) };
}

const continueTurn: Part = { text: continueText };

function writeContents(context: readonly ContextEntry[], givesThoughts: boolean): Content[] {
  const contents: Content[] = [];
  const addText = (...parts: Part[]) => {
    const last = contents.at(-1);
    if (parts.length === 0) return;
    if (last?.role === 'user' && !hasResults(last)) last.parts.push(...parts);
    else contents.push({ role: 'user', parts });
  };
  const endWithUser = () => {
    if (contents.at(-1)?.role !== 'user') addText(continueTurn);
  };
  for (const entry of legalizeCalls(context)) {
    if (entry.kind !== 'answer') addText(...imagePartsOf(entry), ...textPartsOf(userTextOf(entry)));
    else {
      const parts = writeParts(entry, givesThoughts);
      if (parts.length === 0) continue;
      endWithUser();
      contents.push({ role: 'model', parts });
      // Gemini refuses anything but one result for each call in the turn after them.
      if (entry.calls.length > 0) contents.push({ role: 'user', parts: entry.calls.map(resultPartOf) });
      addText(...entry.calls.flatMap(resultImagePartsOf));
    }
  }
  endWithUser();
  return contents;
}

const hasResults = ({ parts }: Content) => parts.some((part) => part.functionResponse !== undefined);

const imagePartsOf = ({ images = [] }: Shown): Part[] =>
  images.flatMap(({ mediaType, dataBase64 }) =>
    dataBase64 === undefined ? [] : { inlineData: { mimeType: mediaType, data: dataBase64 } },
  );

/** Pictures stand behind the results, in which not every model takes them. */
function resultImagePartsOf({ call, observation }: AnsweredCall): Part[] {
  const images = imagePartsOf(observation);
  return images.length === 0 ? [] : [{ text: `[What the call of ${call.name} returned as an image:]` }, ...images];
}

const textPartsOf = (text: string): Part[] => (isBlank(text) ? [] : [{ text: text.toWellFormed() }]);

/** A signature stands where it came: on its call, or behind the text that it came with. */
function writeParts({ thoughts, text, calls }: AnswerEntry, givesThoughts: boolean): Part[] {
  if (isBlank(text) && calls.length === 0) return [];
  const parts: Part[] = [];
  let chars = 0;
  let called = 0;
  const addUntil = (charsEnd: number, callsEnd: number) => {
    parts.push(...textPartsOf(text.slice(chars, charsEnd)));
    for (const [at, answered] of calls.slice(called, callsEnd).entries())
      parts.push(writeCall(answered, called + at, givesThoughts));
    chars = Math.max(chars, charsEnd);
    called = Math.max(called, callsEnd);
  };
  for (const { signature, behind } of givesThoughts ? thoughts : []) {
    if (signature === undefined) continue;
    addUntil(behind?.chars ?? 0, behind?.calls ?? 0);
    parts.push({ text: '', thoughtSignature: signature });
  }
  addUntil(text.length, calls.length);
  return parts;
}

/** Google's value for the first call of an answer that has no signature, or one that it doesn't accept. */
const unchecked = 'skip_thought_signature_validator';

function writeCall({ call }: AnsweredCall, at: number, givesThoughts: boolean): Part {
  const given = givesThoughts ? call.signature : at === 0 ? unchecked : undefined;
  return {
    functionCall: { ...givenIdOf(call.id), name: call.name, args: call.input ?? {} },
    ...(given !== undefined && { thoughtSignature: given }),
  };
}

const resultPartOf = ({ call, observation: { text, isError } }: AnsweredCall): Part => ({
  functionResponse: {
    ...givenIdOf(call.id),
    name: call.name,
    response: { [isError ? 'error' : 'output']: text.toWellFormed() },
  },
});

/** Stands before the ids that are made here, since older models give none and take none. */
const ownIdPrefix = 'own-';

export const makeOwnId = (unique: string): string => ownIdPrefix + unique;

const givenIdOf = (id: string): { id?: string } => (id.startsWith(ownIdPrefix) ? {} : { id });
