// Asks OpenAI's own newer models, with OpenAI's SDK: Chat Completions let them think or call tools, and Responses let them do both.
import { APIError } from 'openai';
import { Stream } from 'openai/core/streaming';
import { makeAskFailure } from '../../model-errors.ts';
import type { Ask } from '../../provider-model.ts';
import type { AskResult } from '../../retry.ts';
import type { AskSettings } from '../provider.ts';
import { openOpenAi } from './openai-connection.ts';
import { readOpenAiFailure } from './openai-failure.ts';
import { responsesEffortOf } from './openai-thinking.ts';
import { ResponsesAnswerReader } from './responses-answer.ts';
import { writeResponsesRequest } from './responses-request.ts';

export function makeResponsesAsk(settings: AskSettings): Ask {
  const { model } = settings;
  const client = openOpenAi(settings);
  return async (request, { signal, draft, noteHeaders, givesThoughts, thinks, effort }) => {
    const told = { effort: responsesEffortOf(model, effort), thinks, givesThoughts };
    const body = writeResponsesRequest(request, { model, ...told });
    const reader = new ResponsesAnswerReader(draft, { model, requestChars: JSON.stringify(body).length });
    let result: AskResult | undefined;
    try {
      const response = await client.responses.create(body, { signal }).asResponse();
      noteHeaders(response.headers);
      const abort = new AbortController();
      signal.addEventListener('abort', () => abort.abort(), { once: true });
      for await (const event of Stream.fromSSEResponse(response, abort, client, false, 'events')) {
        result ??= reader.readEvent(event);
        if (result?.kind === 'failed') return result;
      }
      return result ?? makeAskFailure('network', 'the answer broke off');
    } catch (error) {
      if (error instanceof APIError && error.headers) noteHeaders(error.headers);
      return result ?? readOpenAiFailure(error, model, Date.now());
    }
  };
}
