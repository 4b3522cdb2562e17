// What callers may use, and what a viewer sees of a frame.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isId } from '../../schema/rules/ids.ts';
import { countedAs, findWorkspaceRefusal, mayUse, mayWake, type Principal, showToViewer } from './access.ts';

const viewer = { shareId: 's', sessionId: 'a', mayReadWorkspace: false, expiresAtMs: 0 };
const watching = (more: Partial<typeof viewer> = {}): Principal => ({ userId: 'ada', viewer: { ...viewer, ...more } });

test('a user may use all sessions of theirs, and a viewer one of them', () => {
  const [a, b, foreign] = [
    { sessionId: 'a', userId: 'ada' },
    { sessionId: 'b', userId: 'ada' },
    { sessionId: 'a', userId: 'eve' },
  ];
  const used = (principal: Principal) => [a, b, foreign].map((session) => mayUse(principal, session));
  assert.deepEqual(used({ userId: 'ada' }), [true, true, false]);
  assert.deepEqual(used(watching()), [true, false, false]);
});

test('a viewer reads a workspace that is shared, wakes nothing, and counts against no user', () => {
  assert.equal(findWorkspaceRefusal({ userId: 'ada' }), undefined);
  assert.equal(findWorkspaceRefusal(watching())?.code, 'notAllowed');
  assert.equal(findWorkspaceRefusal(watching({ mayReadWorkspace: true })), undefined);
  assert.deepEqual([mayWake({ userId: 'ada' }), mayWake(watching())], [true, false]);
  assert.equal(isId(countedAs(watching())), false, 'No user can be called so.');
});

const withoutCost = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (name, inner) => (name === 'costUsd' ? undefined : inner));

test('a viewer sees a frame as it is but for what it cost, whatever its texts say', () => {
  const text = fc.oneof(fc.string(), fc.constantFrom('{"costUsd":1,', 'x,"costUsd":2', '"costUsd":', '\\', '{', ','));
  const usage = fc.record({ a: text, costUsd: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }), b: text });
  const frame = fc.record({
    type: fc.constant('status'),
    content: text,
    usage,
    only: fc.record({ costUsd: fc.nat() }),
  });
  fc.assert(
    fc.property(frame, (given) => {
      const shown = showToViewer(viewer, JSON.stringify(given));
      assert.deepEqual(JSON.parse(shown ?? ''), withoutCost(given));
    }),
  );
});

test('a viewer sees the tree of files only where the workspace is shared', () => {
  const tree = '{"type":"file_tree","sessionId":"a","tree":[]}';
  assert.equal(showToViewer(viewer, tree), undefined);
  assert.equal(showToViewer({ ...viewer, mayReadWorkspace: true }, tree), tree);
});
