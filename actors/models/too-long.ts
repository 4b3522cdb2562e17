// How providers, and gateways in front of them, say that a conversation is too long.

/** Tokens, absent where no number was given. `sent` may include the answer's share, as `max` does then. */
export type TooLong = { sent?: number; max?: number };

const number = String.raw`(\d[\d,_]*)`;
const patternOf = (pattern: string) => new RegExp(pattern.replaceAll('N', number), 'is');

/** `numbers`: what the numbers mean, in their order; `answer` is added to `sent`. */
const phrases: readonly { pattern: RegExp; numbers: readonly ('sent' | 'answer' | 'max')[] }[] = [
  // Anthropic.
  { pattern: patternOf('prompt is too long:? *N tokens? > N'), numbers: ['sent', 'max'] },
  { pattern: patternOf('exceeds? context limit:? *N \\+ N > N'), numbers: ['sent', 'answer', 'max'] },
  // Google, by two of its servers.
  {
    pattern: patternOf('input token count \\(?N\\)? exceeds the maximum number of tokens allowed \\(?N'),
    numbers: ['sent', 'max'],
  },
  { pattern: patternOf('input token count is N but (?:the )?model only supports up to N'), numbers: ['sent', 'max'] },
  // Servers that speak as OpenAI does.
  {
    pattern: patternOf('maximum context length is N tokens.*?(?:requested|resulted in) (?:about )?N'),
    numbers: ['max', 'sent'],
  },
  {
    pattern: patternOf('maximum context length is N tokens.*?request has N'),
    numbers: ['max', 'sent'],
  },
  {
    pattern: patternOf('tokens exceed the configured limit of N tokens.*?resulted in N'),
    numbers: ['max', 'sent'],
  },
  { pattern: patternOf('request \\(N tokens\\) exceeds the available context size \\(N'), numbers: ['sent', 'max'] },
  { pattern: patternOf('exceeds the available context size \\(N'), numbers: ['max'] },
  { pattern: patternOf('maximum context length (?:is|of) N'), numbers: ['max'] },
];

/** Sentences without numbers, or with numbers whose meaning isn't clear: Bedrock, gateways, the size of a request in bytes. */
const words =
  /(?:prompt|input|conversation|request)[^.]{0,40}\btoo (?:long|large)|request_too_large|exceeds? (?:the )?(?:model'?s? )?(?:maximum )?(?:context|token|number of tokens)|exceeds? the maximum[^.]*(?:tokens|size)|too many (?:input |total )?tokens|context[_ ](?:length|window)[_ ]?(?:is )?exceed/i;

/** @returns undefined where something else was said */
export function parseTooLong(said: string): TooLong | undefined {
  for (const { pattern, numbers } of phrases) {
    const found = pattern.exec(said);
    if (!found) continue;
    const values = numbers.map((name, at) => ({ name, value: Number(found[at + 1]?.replaceAll(/[,_]/g, '')) }));
    const total = (...names: string[]) =>
      values.filter(({ name }) => names.includes(name)).reduce((sum, { value }) => sum + value, 0);
    const [sent, max] = [total('sent', 'answer'), total('max')];
    return { ...(sent > 0 && { sent }), ...(max > 0 && { max }) };
  }
  return words.test(said) ? {} : undefined;
}

/** "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens": how long an answer may be. */
export function parseAnswerTokensMax(said: string): number | undefined {
  const found = /max(?:_|_output_|Output)tokens:? *`?\d+`? *(?:>|exceeds)[^\d]{0,60}(\d+)/i.exec(said);
  const max = Number(found?.[1]);
  return max > 0 ? max : undefined;
}
