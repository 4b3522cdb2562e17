// JSON of any value that a fuzzer makes: a value that JSON lacks becomes text.

export const writeFuzzedJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? '';
