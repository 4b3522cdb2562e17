// Fetches what a provider answers, as far as anybody would read it: what is larger is no answer.

import type { CustomFetch } from 'openid-client';

/** Metadata, keys, tokens and claims of known providers hold some 20 KB at the most. */
const answerBytesMax = 1024 * 1024;

/** @throws TypeError, as where no answer comes, where it is larger than `answerBytesMax`; no more of it is in memory */
export const fetchBounded: CustomFetch = async (url, options) => {
  const answer = await fetch(url, options as RequestInit);
  if (answer.body === null) return answer;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) throw new TypeError(`an answer is larger than ${answerBytesMax} bytes`);
    chunks.push(chunk);
  }
  const read = new Response(new Blob(chunks), answer);
  Object.defineProperty(read, 'url', { value: answer.url }); // The log names it where the answer is of no use.
  return read;
};
