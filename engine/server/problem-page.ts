// A problem as a page, for people whose browser was sent here: plain text in HTML, with a link back to the console.
import { createHash } from 'node:crypto';
import { errors, type Failure } from '../../schema/error.ts';
import { consolePath } from '../../schema/rules/console-path.ts';
import { type Answer, problemAnswerOf } from './http-answer.ts';

/** The console's colours; its own stylesheet may not have been built. */
const style =
  ':root{color-scheme:light dark;background:light-dark(#f7f7f5,#111214);color:light-dark(#1b1c1e,#ececea)}' +
  'body{margin:0;padding:15vh 1rem 2rem;font:0.9375rem/1.6 system-ui,sans-serif}' +
  'main{max-width:28rem;margin:auto;padding:1.5rem 2rem;border:1px solid light-dark(#e3e3df,#2b2d32);border-radius:0.75rem;background:light-dark(#fff,#18191c);overflow-wrap:anywhere}' +
  'h1{margin:0;font-size:1.25rem}p{color:light-dark(#5c5d61,#a3a5ab)}a{color:light-dark(#0f766e,#5eead4)}';
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
