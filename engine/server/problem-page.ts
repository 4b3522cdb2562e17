// A problem as a page, for people whose browser was sent here: plain text in HTML, with a link back to the console.
import { createHash } from 'node:crypto';
import { errors, type Failure } from '../../schema/error.ts';
import { consolePath } from '../../schema/rules/console-path.ts';
import { type Answer, problemAnswerOf } from './http-answer.ts';

const style =
  'body{max-width:32rem;margin:20vh auto;padding:0 1.5rem;font:1rem/1.5 system-ui,sans-serif}h1{font-size:1.25rem}';
const styleDigest = createHash('sha256').update(style).digest('base64');

const headers = {
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${styleDigest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY',
};

export function problemPageOf(failure: Failure): Answer {
  const title = escapeHtml(errors[failure.code].title);
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Lucid</title>
<style>${style}</style>
<main>
<h1>${title}</h1>
<p>${escapeHtml(failure.detail)}</p>
<p><a href="${consolePath}">Back to the console</a></p>
</main>
</html>
`;
  return { ...problemAnswerOf(failure, headers), contentType: 'text/html; charset=utf-8', body };
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => entities[sign] ?? '');
