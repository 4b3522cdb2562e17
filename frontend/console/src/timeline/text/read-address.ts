// Which addresses a link of an agent may lead to. Pure.

const openable = new Set(['http:', 'https:', 'mailto:']);

/** @returns the address as a browser goes there, foreign letters of a host as what they are; undefined for any other kind */
export function readAddress(address: string): string | undefined {
  const url = URL.parse(address.trim());
  if (!url || !openable.has(url.protocol)) return undefined;
  const hasName = url.username !== '' || url.password !== ''; // `https://bank.example@elsewhere.example`
  return hasName ? undefined : url.href;
}
