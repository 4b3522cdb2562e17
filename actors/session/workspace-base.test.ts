// Changes are counted from the commit that was cloned, also after a restart and whatever came since.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureCodeOf, unwrap } from '../../sandbox/conformance/tested-sandbox.ts';
import type { EventMetadata } from '../../schema/event.ts';
import { numberEvents, task } from '../testing/stored-events.ts';
import { WorkspaceBase } from './workspace-base.ts';

const commit = 'a1'.repeat(20);
const clonedAs = (metadata: EventMetadata | null) =>
  numberEvents(task(), { eventType: 'RepositoryCloned', content: 'Cloned it.', metadata });

test('without a repository, or in memory, changes are counted from the empty folder', () => {
  const emptyFolder = { folder: '/workspace', commit: null };
  assert.deepEqual(unwrap(new WorkspaceBase(false, []).find('docker')), emptyFolder);
  assert.deepEqual(unwrap(new WorkspaceBase(true, []).find('memory')), emptyFolder);
});

test('the last clone among the events counts, and one that is made now', () => {
  const base = new WorkspaceBase(true, [
    ...clonedAs({ baseCommit: 'b2'.repeat(20) }),
    ...clonedAs({ baseCommit: commit }),
  ]);
  assert.deepEqual(unwrap(base.find('local')), { folder: '/workspace/repo', commit });
  base.noteClone(null);
  assert.deepEqual(unwrap(base.find('local')), { folder: '/workspace/repo', commit: null });
});

test('a clone whose commit was not noted is refused in words', () => {
  assert.equal(failureCodeOf(new WorkspaceBase(true, clonedAs({ path: '/workspace/repo' })).find('docker')), 'noBase');
  assert.equal(failureCodeOf(new WorkspaceBase(true, []).find('docker')), 'noBase');
});
