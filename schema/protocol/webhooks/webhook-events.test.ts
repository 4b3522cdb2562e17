// Which events webhooks hear of, and that what they are told is what is declared.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type EventMetadata, type StoredEvent, statuses, turnEnds, type Usage } from '../../event.ts';
import type { EventWrite } from '../../thread.ts';
import { findMismatch } from '../json-schema.ts';
import { webhookEventNames, webhookEventOf } from './webhook-events.ts';
import { examplePayloads, webhookPayloads } from './webhook-payload.ts';

const usage: Usage = {
  inputTokens: 1,
  outputTokens: 1,
  cachedTokens: 0,
  cacheWriteTokens: 0,
  steps: 1,
  durationMs: 5,
};

function writeOf(eventType: string, metadata: EventMetadata | null, isLast = false): EventWrite {
  const event: StoredEvent = {
    sessionId: 's-1',
    epoch: 1,
    sequence: 7,
    role: 'system',
    eventType,
    content: 'text',
    metadata,
    commandId: null,
    createdAtMs: 0,
  };
  return { kind: 'event', rowId: 'e-1', sessionId: 's-1', epoch: 1, chatId: 'c-1', event, frame: '', isLast };
}

const payloadOf = ({ type, data }: NonNullable<ReturnType<typeof webhookEventOf>>) => ({
  type,
  timestamp: '2026-02-17T10:30:00.000+00:00',
  data: { ...data, userId: 'ada' },
});

test('every way in which a turn ends is told, as it is declared', () => {
  for (const reason of turnEnds) {
    const event = webhookEventOf(writeOf('Status', { status: 'completed', reason, usage }));
    assert.ok(event, reason);
    assert.equal(findMismatch(webhookPayloads[event.type], payloadOf(event)), undefined, reason);
    assert.deepEqual(event.data.reason, reason);
  }
});

test('the end of a session is told with the code of why it could not go on', () => {
  const stopped = webhookEventOf(writeOf('Status', { status: 'stopped' }, true));
  const failed = webhookEventOf(writeOf('SessionError', { code: 'noSuchBranch', retryable: false }, true));
  assert.ok(stopped && failed);
  assert.deepEqual(
    [stopped.type, failed.type, failed.data.code],
    ['session.stopped', 'session.failed', 'noSuchBranch'],
  );
  for (const event of [stopped, failed])
    assert.equal(findMismatch(webhookPayloads[event.type], payloadOf(event)), undefined);
});

test('what people are asked is told, so that they can be reached', () => {
  const wait = { toolCallId: 'c-1', text: 'Which one?', untilMs: 0 };
  const asked = webhookEventOf(writeOf('AskUserAction', { wait: { ...wait, kind: 'question', options: ['a'] } }));
  const wanted = webhookEventOf(writeOf('ApprovalWanted', { wait: { ...wait, kind: 'approval', tool: 'shell' } }));
  const plan = webhookEventOf(writeOf('PresentPlanAction', { wait: { ...wait, kind: 'plan' } }));
  assert.ok(asked && wanted && plan);
  assert.deepEqual([asked.type, wanted.type, plan.type], ['question.asked', 'approval.wanted', 'approval.wanted']);
  for (const event of [asked, wanted, plan])
    assert.equal(findMismatch(webhookPayloads[event.type], payloadOf(event)), undefined);
});

test('nothing else is told, whatever an event holds', () => {
  const others = statuses.filter((status) => status !== 'completed' && status !== 'stopped');
  const anyWrite = fc.oneof(
    fc.record({ eventType: fc.constant('Status'), status: fc.constantFrom(...others) }),
    fc.record({ eventType: fc.string().filter((type) => type !== 'Status'), status: fc.constantFrom(...statuses) }),
  );
  const property = fc.property(anyWrite, ({ eventType, status }) => {
    assert.equal(webhookEventOf(writeOf(eventType, { status, reason: 'finished' })), undefined);
  });
  void fc.assert(property);
});

test('every type has an example, which is as it is declared', () => {
  assert.deepEqual(Object.keys(examplePayloads), webhookEventNames);
  for (const name of webhookEventNames)
    assert.equal(findMismatch(webhookPayloads[name], examplePayloads[name]), undefined, name);
});
