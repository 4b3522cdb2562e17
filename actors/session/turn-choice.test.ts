// For a turn holds what its messages choose, over what the session has chosen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Choice } from '../../schema/choice.ts';
import { completed, message, numberEvents, type StoredDraft, task } from '../testing/stored-events.ts';
import { testSettings } from '../testing/test-session.ts';
import { choiceOfTurn } from './turn-choice.ts';

const own = { model: 'anthropic/claude-sonnet-5', effort: 'low' } as const;
const choosing = (choice: Choice): StoredDraft => ({ ...message(), metadata: { choice } });
const choiceAfter = (...drafts: StoredDraft[]) => choiceOfTurn(numberEvents(...drafts), { ...testSettings, ...own });

test('without a choice the session’s holds', () => {
  assert.deepEqual(choiceAfter(task(), message()), own);
});

test('a message’s choice holds for its turn, and the next turn has the session’s again', () => {
  const [asked, chosen] = [task(), choosing({ effort: 'max', iterationsMax: 3 })];
  assert.deepEqual(choiceAfter(asked, completed(1), chosen), { ...own, effort: 'max', iterationsMax: 3 });
  assert.deepEqual(choiceAfter(asked, completed(1), chosen, completed(3), message()), own);
});

test('of several messages of a turn the later ones count, field by field', () => {
  const first = choosing({ effort: 'max', tools: ['read'] });
  assert.deepEqual(choiceAfter(first, choosing({ effort: 'medium' })), { ...own, effort: 'medium', tools: ['read'] });
});

test('a message that came too late for the last turn counts for the next', () => {
  assert.deepEqual(choiceAfter(task(), choosing({ effort: 'high' }), completed(1)), { ...own, effort: 'high' });
});
