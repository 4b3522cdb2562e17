// Google's wire format, as `streamGenerateContent?alt=sse` streams it.
import type { PlayedAnswer, PlayedCall, PlayedFailure, Wire } from '../../../../testing/provider/wire.ts';

const encodeChunk = (chunk: Record<string, unknown>) => `data: ${JSON.stringify(chunk)}\r\n\r\n`;

const statuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

function errorOf(status: number, { message = 'It failed.', type, retryAfter }: PlayedFailure) {
  const details = [
    ...(type === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: type }]),
    ...(retryAfter === undefined
      ? []
      : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter}s` }]),
  ];
  return { error: { code: status, message, status: statuses[status] ?? 'INTERNAL', details } };
}

function usageOf({ usage = {} }: PlayedAnswer) {
  const { input = 10, output = 5, cached = 0 } = usage;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output,
    totalTokenCount: input + output,
    cachedContentTokenCount: cached,
  };
}

const callPart = ({ id, name, input, signature }: PlayedCall) => ({
  functionCall: { ...(id !== undefined && { id }), name, args: input },
  ...(signature !== undefined && { thoughtSignature: signature }),
});

/** Each fragment and each call is a chunk of its own and says what was read, as the provider does it. */
function writeChunks(said: PlayedAnswer): string[] {
  const { thoughts = [], text = [], calls = [] } = said;
  const { promptTokenCount, cachedContentTokenCount } = usageOf(said);
  const encodeParts = (parts: unknown[]) =>
    encodeChunk({
      candidates: [{ content: { role: 'model', parts }, index: 0 }],
      usageMetadata: { promptTokenCount, totalTokenCount: promptTokenCount, cachedContentTokenCount },
      modelVersion: 'stand-in',
    });
  const fragments = typeof text === 'string' ? [text] : text;
  return [
    ...thoughts.map(({ text: thought, signature }) =>
      encodeParts([{ text: thought, thought: true, ...(signature !== undefined && { thoughtSignature: signature }) }]),
    ),
    ...fragments.map((fragment) => encodeParts([{ text: fragment }])),
    ...calls.map((call) => encodeParts([callPart(call)])),
  ];
}

const encodeClosing = (said: PlayedAnswer, finishReason: string) =>
  encodeChunk({
    candidates: [{ content: { role: 'model', parts: [] }, finishReason, index: 0 }],
    usageMetadata: usageOf(said),
  });

export const googleWire: Wire = {
  answer: (said) => [...writeChunks(said), encodeClosing(said, said.stop ?? 'STOP')],
  // A call comes whole or not at all.
  cutInCall: (said) => [
    ...writeChunks({ ...said, calls: said.calls?.slice(0, -1) ?? [] }),
    encodeClosing(said, 'MAX_TOKENS'),
  ],
  brokenCall: () => [encodeClosing({}, 'MALFORMED_FUNCTION_CALL')],
  refusal: () => [encodeChunk({ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: usageOf({}) })],
  comment: ': keep alive\r\n\r\n',
  errorEvent: (status, failure) => encodeChunk(errorOf(status, failure)),
  failure: (status, failure) => JSON.stringify(errorOf(status, failure)),
};
