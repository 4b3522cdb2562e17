// Lines about who is refused are few enough for any disk, and none goes uncounted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordedLog } from '../testing/log.ts';
import { Audit, refusalLinesMax, refusalLinesWindowMs } from './audit.ts';

const visitor = { user: undefined, address: '203.0.113.9', forwardedFor: '' };

test('a flood of refusals is a bounded number of lines, and the next line says how many were left out', () => {
  const log = new RecordedLog();
  let nowMs = 0;
  const audit = new Audit(log, () => nowMs);
  for (let n = 0; n < refusalLinesMax + 7; n++) audit.logRefusal('/', visitor, { outcome: 'notAuthenticated' });
  assert.equal(log.entries.length, refusalLinesMax);
  audit.logAct('session.created', { ...visitor, user: 'ada' }, { session: 's', outcome: 'done' });
  assert.equal(log.entries.at(-1)?.event, 'session.created', 'what is done is told all the same');
  nowMs = refusalLinesWindowMs;
  audit.logRefusal('/', visitor, { outcome: 'notAuthenticated' });
  assert.equal(log.entries.at(-1)?.fields.linesLeftOut, 7);
  audit.logRefusal('/', visitor, { outcome: 'notAuthenticated' });
  assert.equal(log.entries.at(-1)?.fields.linesLeftOut, undefined);
});
