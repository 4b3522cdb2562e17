// Links of shares: whoever opens one has its token, and a link that lost a part has none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkOfShare, tokenInFragment } from './share-link.ts';

const token = `share_${'aZ09_-'.repeat(8).slice(0, 43)}`;

test('a link holds its token in the fragment alone', () => {
  const link = new URL(linkOfShare('https://agents.example.com', token));
  assert.deepEqual([link.pathname, link.search], ['/console/share', '']);
  assert.equal(tokenInFragment(link.hash), token);
  assert.equal(tokenInFragment(token), token);
});

test('a link that was cut, or holds something else, has no token', () => {
  for (const fragment of ['', '#', '#share_', `#${token.slice(0, -1)}`, `#${token}x`, '#<img src=x>', `#x${token}`])
    assert.equal(tokenInFragment(fragment), undefined, fragment);
});
