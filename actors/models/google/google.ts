// Asks Google's models, with its SDK.
import { type GenerateContentRequest, GoogleGenerativeAI } from '@google/generative-ai';
import { googleThinkingOf } from '../thinking.ts';
import type { Ask } from '../vendor-model.ts';
import { AnswerReader } from './answer.ts';
import { failureOf } from './failure.ts';
import { requestOf } from './request.ts';

export const googleBaseUrl = 'https://generativelanguage.googleapis.com';

export type GoogleSettings = { apiKey: string; model: string; baseUrl: string | undefined };

export function googleAsk({ apiKey, model, baseUrl = googleBaseUrl }: GoogleSettings): Ask {
  const client = new GoogleGenerativeAI(apiKey).getGenerativeModel({ model }, { baseUrl });
  const thinkingConfig = googleThinkingOf(model);
  return async (request, { signal, draft, givesThoughts, thinks }) => {
    const reader = new AnswerReader(draft, model);
    // The SDK's types are older than what its vendor takes; it sends all of it.
    const body = requestOf(request, {
      givesThoughts,
      thinkingConfig: thinks ? thinkingConfig : undefined,
    }) as unknown as GenerateContentRequest;
    try {
      const { stream, response } = await client.generateContentStream(body, { signal });
      // The same once more, put together; it fails when the stream does, which is heard below.
      response.catch(() => undefined);
      for await (const chunk of stream) {
        const failure = reader.read(chunk);
        if (failure) return failure;
      }
      return reader.end();
    } catch (error) {
      return reader.isFinished ? reader.end() : failureOf(error, model);
    }
  };
}
