// Copies a text to the clipboard.

/** @throws where the browser doesn't let pages write: without https, or when one forbids it */
export async function copyText(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error('the browser lets only pages over https copy.');
  await navigator.clipboard.writeText(text);
}
