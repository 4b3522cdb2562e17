// Pages as Markdown: what people see of them, in bounds, whatever a page holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { readPageText } from './page-text.ts';
import { writeMarkdown } from './write-markdown.ts';

const markdownOf = async (html: string): Promise<string> => (await writeMarkdown(html)).markdown;

test('headings, paragraphs, links, lists, quotes, code and tables are what Markdown has for them', async () => {
  const pieces: [html: string, markdown: string][] = [
    ['<h2>Hi <em>you</em></h2><p>One\n two<br>three</p>', '## Hi *you*\n\nOne two\nthree'],
    ['a<a href="/x?y=1&amp;z"> link <b>bold</b></a>.', 'a [link **bold**](/x?y=1&z).'],
    ['<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol>', '1. one\n2. two\n  - in'],
    ['<pre><code>if (a &lt; b) {\n  c();\n}</code></pre>', '```\nif (a < b) {\n  c();\n}\n```'],
    ['<p>x <code>y</code><b></b> <i> z </i></p>', 'x `y` *z*'],
    ['<table><tr><th>a<th>b<tr><td>1<p>2</p><td>3</table>', '| a | b |\n| --- | --- |\n| 1 2 | 3 |'],
    ['<blockquote>said</blockquote><hr>', '> said\n\n---'],
    ['<img src="/a.png" alt="A picture"><img src="b.png">', '![A picture](/a.png)'],
    ['<table><tr><td><table><tr><td>in</td></tr></table></td></tr></table>', '| in |\n| --- |'],
  ];
  for (const [html, markdown] of pieces) assert.equal(await markdownOf(html), markdown, html);
});

test('what people do not see is left out, and addresses that run or hold something', async () => {
  const hidden = [
    '<script>x</script>',
    '<style>x</style>',
    '<p hidden>x</p>',
    '<p style="display: none">x</p>',
    '<nav>x</nav>',
  ];
  for (const each of [...hidden, '<div aria-hidden="true">x</div>', '<noscript>x</noscript>', '<!-- x -->'])
    assert.equal(await markdownOf(`${each}<p>seen</p>`), 'seen', each);
  for (const href of ['javascript:x', ' JavaScript:x', 'data:text/html,x', `/${'x'.repeat(1_000)}`, '', '#top'])
    assert.equal(await markdownOf(`<a href="${href}">text</a>`), 'text', href);
  assert.equal(await markdownOf('<p>around</p><main><p>inside</p></main><p>around</p>'), 'inside');
  assert.equal(await markdownOf('<main></main><p>outside</p>'), 'outside');
});

test('hostile pages come to an end, and to no more than a page may have', async () => {
  const times = 100_000;
  const pages = [
    ...[
      '<div>',
      '<b>',
      '<ul><li>',
      '<table><tr><td>',
      '<blockquote>',
      '<!--',
      '<',
      '&',
      '&amp;',
      '<p>',
      '<pre>',
      '<a href=x>',
    ],
    ...[
      '</b>',
      '<b>x</b>',
      '<main>',
      '<title>',
      '<a x=1 ',
      '<p>x</p>',
      '<tr><td>x',
      '<svg>',
      '\u0000',
      ']]>',
      '<![CDATA[',
    ],
  ];
  for (const piece of pages) {
    const { markdown } = await writeMarkdown(piece.repeat(times));
    assert.ok(markdown.length <= 400_000, piece);
  }
});

test('any page is written, and a text without tags stays its words', async () => {
  const piece = fc.constantFrom(
    '<b>',
    '</b>',
    '<li>',
    '<pre>',
    '</pre>',
    '<td>',
    '</table>',
    '<table>',
    '<main>',
    'x',
    ' ',
    '\n',
    '&lt;',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      assert.equal(typeof (await markdownOf(pieces.join(''))), 'string');
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.stringMatching(/^[a-zé😀]+$/u), { maxLength: 9 }), async (words) => {
      assert.equal(await markdownOf(words.join(' \n ')), words.join(' '));
    }),
  );
});

test('a page is read in its encoding, text as it is, and what is no text not at all', async () => {
  const read = (type: string, bytes: Buffer | string) => readPageText({ type, bytes: Buffer.from(bytes) });
  assert.equal(await read('text/html; charset=iso-8859-1', Buffer.from('<p>caf\xe9', 'latin1')), 'café\n');
  assert.equal(await read('text/html', Buffer.from('<meta charset="latin1"><p>caf\xe9', 'latin1')), 'café\n');
  assert.equal(await read('text/html; charset=none-such', '<title>T</title><p>é'), '# T\n\né\n');
  assert.equal(await read('application/json', '{"a": "<b>"}'), '{"a": "<b>"}');
  assert.equal(await read('application/vnd.api+json; charset=utf-8', '{}'), '{}');
  assert.equal(await read('', 'plain'), 'plain');
  assert.equal(await read('', '<!DOCTYPE html><p>x'), 'x\n');
  assert.equal(await read('image/png', '\x89PNG'), undefined);
  assert.equal(await read('text/plain', 'a\0b'), undefined);
});
