// Files for tests in a browser: written into a session's workspace, pasted, and dropped.
import type { Locator, Page } from 'playwright-core';

/** @param files content by path */
export async function writeFiles(page: Page, sessionId: string, files: Record<string, string | Buffer>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const bytes = Buffer.from(content).toString('base64');
    await page.evaluate(
      async ([id = '', at = '', encoded = '']) => {
        const body = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
        const url = `/api/v1/files/upload?session_id=${id}&path=${encodeURIComponent(at)}`;
        const answer = await fetch(url, { method: 'POST', body });
        if (!answer.ok) throw new Error(await answer.text());
      },
      [sessionId, path, bytes],
    );
  }
}

type Given = { name: string; type?: string } & ({ text: string } | { bytes: Buffer });

/** As the browser tells a page of it. */
export function pasteFile(target: Locator, given: Given, how: 'paste' | 'drop' = 'paste'): Promise<void> {
  const bytes = 'text' in given ? Buffer.from(given.text) : given.bytes;
  const file = { name: given.name, type: given.type ?? '', encoded: bytes.toString('base64') };
  return target.evaluate(
    (element, { name, type, encoded, event }) => {
      const content = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([content], name, { type }));
      const about = { bubbles: true, cancelable: true };
      element.dispatchEvent(
        event === 'paste'
          ? new ClipboardEvent('paste', { ...about, clipboardData: data })
          : new DragEvent('drop', { ...about, dataTransfer: data }),
      );
    },
    { ...file, event: how },
  );
}
