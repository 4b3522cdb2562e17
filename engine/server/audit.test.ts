// Refusals can't fill a disk with lines of the log, and each of them is counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecordedLog } from '../testing/log.ts';
import { Audit, refusalLinesMax, refusalLinesWindowMs } from './audit.ts';

const caller = { user: undefined, address: '203.0.113.9', forwardedFor: '' };

test('an operator gets a bounded number of lines about a flood of refusals, and then how many were left out', () => {
  const log = new RecordedLog();
  let nowMs = 0;
  const audit = new Audit(log, () => nowMs);
  for (let n = 0; n < refusalLinesMax + 7; n++) audit.logRefusal('/', caller, { outcome: 'notAuthenticated' });
  assert.equal(log.entries.length, refusalLinesMax);
  audit.logAct('session.created', { ...caller, user: 'ada' }, { session: 's', outcome: 'done' });
  assert.equal(log.entries.at(-1)?.event, 'session.created', 'what is done is told all the same');
  nowMs = refusalLinesWindowMs;
  audit.logRefusal('/', caller, { outcome: 'notAuthenticated' });
  assert.equal(log.entries.at(-1)?.fields.linesLeftOut, 7);
  audit.logRefusal('/', caller, { outcome: 'notAuthenticated' });
  assert.equal(log.entries.at(-1)?.fields.linesLeftOut, undefined);
});
