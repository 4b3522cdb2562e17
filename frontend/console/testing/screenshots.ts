// Pictures of pages, for people to look at: in `SCREENSHOTS_DIR`, which CI keeps, or in a folder of this machine's own.
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { Look } from './console-browser.ts';

const folder = process.env.SCREENSHOTS_DIR || path.join(tmpdir(), 'lucid-console-screenshots');

export async function takePicture(page: Page, name: string, { scheme, width }: Look): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}-${width}-${scheme}.png`), animations: 'disabled' });
}
