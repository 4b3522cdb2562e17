// The arrow keys bring back what was said, and never lose what one was writing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { browseHistory, type Draft, emptyDraft } from './message-history.ts';

test('the arrow up shows the last message, then the one before, and stays at the first', () => {
  const once = browseHistory(emptyDraft, ['one', 'two'], -1);
  assert.equal(once?.text, 'two');
  const twice = browseHistory(once ?? emptyDraft, ['one', 'two'], -1);
  assert.equal(twice?.text, 'one');
  assert.equal(browseHistory(twice ?? emptyDraft, ['one', 'two'], -1), undefined);
});

test('several lines of one’s own keep the arrow keys for moving between them', () => {
  assert.equal(browseHistory({ ...emptyDraft, text: 'a\nb' }, ['one'], -1), undefined);
});

test('as many steps down as up give one’s own words back', () => {
  const property = fc.property(
    fc.string().filter((text) => !text.includes('\n')),
    fc.array(fc.string(), { minLength: 1 }),
    fc.nat(20),
    (own, said, wanted) => {
      let draft: Draft = { ...emptyDraft, text: own };
      let steps = 0;
      for (; steps < wanted; steps++) {
        const next = browseHistory(draft, said, -1);
        if (!next) break;
        draft = next;
      }
      for (; steps > 0; steps--) draft = browseHistory(draft, said, 1) ?? draft;
      assert.equal(draft.text, own);
    },
  );
  fc.assert(property);
});
