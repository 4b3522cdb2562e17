// A name that nothing else has: for a command or a request that may be sent twice and has to be done once.

const idBytes = 16;

/** Of `getRandomValues`, which pages have that weren't loaded over TLS, too; `randomUUID` they have not. */
export function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(idBytes));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
