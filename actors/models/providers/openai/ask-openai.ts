// Asks the models of OpenAI and of servers that speak as it does, with OpenAI's SDK.
import { APIError, type OpenAI } from 'openai';
import { Stream } from 'openai/core/streaming';
import { makeAskFailure } from '../../model-errors.ts';
import type { Ask } from '../../provider-model.ts';
import type { AskSettings } from '../provider.ts';
import { makeResponsesAsk } from './ask-responses.ts';
import { openAiUrl } from './openai-address.ts';
import { OpenAiAnswerReader } from './openai-answer.ts';
import { EndWatch, openOpenAi } from './openai-connection.ts';
import { readOpenAiFailure, refusesCounting } from './openai-failure.ts';
import { writeOpenAiRequest } from './openai-request.ts';
import { chatEffortOf, thinksOverResponses } from './openai-thinking.ts';

/** OpenAI's own models that think are asked over Responses. */
export const makeOpenAiAsk = (settings: AskSettings): Ask =>
  settings.baseUrl === openAiUrl && thinksOverResponses(settings.model)
    ? makeResponsesAsk(settings)
    : makeChatAsk(settings);

function makeChatAsk(settings: AskSettings): Ask {
  const { model, baseUrl } = settings;
  const client = openOpenAi(settings);
  const isOpenAi = baseUrl === openAiUrl;
  const askOnce: Ask = async (request, { signal, draft, noteHeaders, givesThoughts, thinks, effort: asked }) => {
    const effort = chatEffortOf(model, { effort: asked, thinks });
    const countsTokens = !uncounting.has(baseUrl);
    const body = writeOpenAiRequest(request, { model, effort, givesThoughts, isOpenAi, countsTokens });
    const reader = new OpenAiAnswerReader(draft, { model, requestChars: JSON.stringify(body).length });
    const end = new EndWatch();
    try {
      for await (const chunk of await openStream(client, body, { signal, end, noteHeaders })) {
        const failure = reader.readChunk(chunk);
        if (failure) return failure;
      }
      return reader.finishAnswer(end.isComplete);
    } catch (error) {
      if (error instanceof APIError && error.headers) noteHeaders(error.headers);
      return reader.isFinished ? reader.finishAnswer(true) : readOpenAiFailure(error, model, Date.now());
    }
  };
  return async (request, asking) => {
    const result = await askOnce(request, asking);
    if (result.kind !== 'failed' || uncounting.has(baseUrl) || !refusesCounting(result)) return result;
    uncounting.add(baseUrl);
    return askOnce(request, asking);
  };
}

/** Addresses of servers that refuse to be asked for counts. They come from the operator, so there are few. */
const uncounting = new Set<string>();

type Opening = { signal: AbortSignal; end: EndWatch; noteHeaders(headers: Headers): void };

/** A server that doesn't stream sends one whole answer. */
async function openStream(
  client: OpenAI,
  body: OpenAI.Chat.ChatCompletionCreateParamsStreaming,
  { signal, end, noteHeaders }: Opening,
): Promise<AsyncIterable<unknown>> {
  const response = await client.chat.completions.create(body, { signal }).asResponse();
  noteHeaders(response.headers);
  if (response.headers.get('content-type')?.includes('application/json')) return readWhole(response);
  const abort = new AbortController();
  signal.addEventListener('abort', () => abort.abort(), { once: true });
  return Stream.fromSSEResponse(end.watch(response), abort, client, false, 'events');
}

async function* readWhole(response: Response): AsyncIterable<unknown> {
  const answer: unknown = await response.json();
  if (typeof answer !== 'object' || answer === null) yield makeAskFailure('malformed', 'an answer of another shape');
  yield answer;
}
