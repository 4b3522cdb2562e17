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

/** As the browser tells a page of it. */
export function pasteFile(
  target: Locator,
  file: { name: string; text: string },
  how: 'paste' | 'drop' = 'paste',
): Promise<void> {
  return target.evaluate(
    (element, { name, text, type }) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      const about = { bubbles: true, cancelable: true };
      element.dispatchEvent(
        type === 'paste'
          ? new ClipboardEvent('paste', { ...about, clipboardData: data })
          : new DragEvent('drop', { ...about, dataTransfer: data }),
      );
    },
    { ...file, type: how },
  );
}
