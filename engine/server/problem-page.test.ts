// A problem is shown to people as text, whatever it says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed } from '../../schema/error.ts';
import { problemPageOf } from './problem-page.ts';

test('what a problem says is text, and nothing of it is run', () => {
  const { body, status, headers } = problemPageOf(failed('notAllowed', `<script>alert('1')</script>&"`).failure);
  assert.equal(status, 403);
  assert.match(String(body), /&lt;script&gt;alert\(&#39;1&#39;\)&lt;\/script&gt;&amp;&quot;/);
  assert.doesNotMatch(String(body), /<script/);
  assert.match(String(body), /color-scheme:light dark/);
  assert.match(headers?.['Content-Security-Policy'] ?? '', /^default-src 'none'; style-src 'sha256-/);
});
