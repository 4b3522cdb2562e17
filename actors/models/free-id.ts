// An id for a call that no other call has: models and proxies give one twice, and results are told apart by it.

/** OpenAI takes ids of 40 characters. */
const idCharsMax = 40;

/** The id itself where it is free, and else the first of `id-2`, `id-3`, … that is; it is taken then. */
export function takeFreeId(id: string, taken: Set<string>): string {
  let free = id;
  for (let n = 2; taken.has(free); n++) free = `${id.slice(0, idCharsMax - 8)}-${n}`;
  taken.add(free);
  return free;
}
