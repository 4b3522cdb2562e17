// JSON of whatever a fuzzer makes: what JSON has no word for becomes text.

export const writeFuzzedJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part)) ?? '';
