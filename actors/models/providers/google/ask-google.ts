// Asks Google's models, with its SDK.
import { type GenerateContentRequest, GoogleGenerativeAI } from '@google/generative-ai';
import { boundedFetch } from '../../bounded-fetch.ts';
import type { Ask } from '../../provider-model.ts';
import type { AskSettings } from '../provider.ts';
import { GoogleAnswerReader } from './google-answer.ts';
import { readGoogleFailure } from './google-failure.ts';
import { writeGoogleRequest } from './google-request.ts';
import { googleThinkingOf } from './google-thinking.ts';

// The package takes no other.
globalThis.fetch = boundedFetch;

export function makeGoogleAsk({ apiKey, model, baseUrl }: AskSettings): Ask {
  const client = new GoogleGenerativeAI(apiKey).getGenerativeModel({ model }, { baseUrl });
  return async (request, { signal, draft, givesThoughts, thinks, effort }) => {
    const reader = new GoogleAnswerReader(draft, model);
    // The SDK's types are older than Google's API; it sends all fields.
    const body = writeGoogleRequest(request, {
      givesThoughts,
      thinkingConfig: thinks ? googleThinkingOf(model, effort) : undefined,
    }) as unknown as GenerateContentRequest;
    try {
      const { stream, response } = await client.generateContentStream(body, { signal });
      // The SDK's whole response fails when the stream does, which is caught below.
      response.catch(() => undefined);
      for await (const chunk of stream) {
        const failure = reader.readChunk(chunk);
        if (failure) return failure;
      }
      return reader.finishAnswer();
    } catch (error) {
      return reader.isFinished ? reader.finishAnswer() : readGoogleFailure(error, model);
    }
  };
}
