// Clients' frames are read in both spellings, cleaned, and refused where they are wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { limits } from '../../limits.ts';
import { validate } from '../../validate.ts';
import { RenameChat } from '../routes/chats.ts';
import { CreateSession } from '../routes/sessions.ts';
import { providerOf, secretsOf, settingsOf } from '../session-fields.ts';
import { AttachQuery } from './attach-query.ts';
import { FollowUp, followUpTypes } from './client-frames.ts';
import { FirstMessage } from './first-message.ts';

const detailOf = (schema: v.GenericSchema, input: unknown): string => {
  const outcome = validate(schema, input);
  return outcome.ok ? 'accepted' : outcome.failure.detail;
};

test('a task alone is enough for a session', () => {
  assert.deepEqual(v.parse(CreateSession, { task: 'Fix it' }), { task: 'Fix it', autoStart: false });
});

test('both spellings of provider and key are read, over REST and WebSocket alike', () => {
  for (const schema of [CreateSession, FirstMessage]) {
    const camel = v.parse(schema, { task: 't', modelProvider: 'google', apiKey: 'k' });
    const snake = v.parse(schema, { task: 't', model_provider: 'google', api_key: 'k' });
    for (const fields of [camel, snake]) {
      assert.equal(providerOf(fields, 'anthropic', ['anthropic', 'google']), 'google');
      assert.deepEqual(secretsOf(fields), { apiKey: 'k', gitToken: null });
    }
  }
});

test('an absent, null or empty provider means the default, and an unknown one is refused', () => {
  for (const modelProvider of [undefined, null, ''])
    assert.equal(
      providerOf({ modelProvider }, 'anthropic', ['anthropic', 'google']),
      'anthropic',
      String(modelProvider),
    );
  for (const modelProvider of ['openai', 'Anthropic', ' google', '__proto__'])
    assert.equal(providerOf({ modelProvider }, 'anthropic', ['anthropic', 'google']), undefined, modelProvider);
});

test('settings hold what was asked for, null for everything else, and no secret', () => {
  const fields = v.parse(CreateSession, {
    task: 't',
    repoUrl: 'https://github.com/user/repo',
    branch: 'main',
    gitToken: 'ghp_secret',
    apiKey: 'sk-secret',
    gitUserName: '',
    projectId: null,
  });
  const settings = settingsOf(fields, fields.task, 'anthropic');
  assert.deepEqual(settings, {
    task: 't',
    provider: 'anthropic',
    projectId: null,
    repoUrl: 'https://github.com/user/repo',
    branch: 'main',
    gitUserName: null,
    gitUserEmail: null,
    hasOwnKey: true,
    hasGitToken: true,
  });
  assert.deepEqual(secretsOf(fields), { apiKey: 'sk-secret', gitToken: 'ghp_secret' });
  assert.ok(!JSON.stringify(settings).includes('secret'));
});

test('an empty or blank task, message or title is refused', () => {
  for (const blank of ['', ' ', '\n\t \u3000']) {
    assert.equal(detailOf(CreateSession, { task: blank }), 'task: must not be empty');
    assert.equal(detailOf(FollowUp, { type: 'message', content: blank }), 'content: must not be empty');
    assert.equal(detailOf(RenameChat, { title: blank }), 'title: must not be empty');
  }
});

test('text that is too long is refused with the limit, and isn’t repeated', () => {
  const long = 'x'.repeat(1_000_000);
  const tasks = `must be at most ${limits.taskCharsMax} characters`;
  assert.equal(detailOf(CreateSession, { task: long }), `task: ${tasks}`);
  assert.equal(detailOf(FollowUp, { type: 'message', content: long }), `content: ${tasks}`);
  assert.equal(detailOf(RenameChat, { title: long }), 'title: must be at most 255 characters');
  assert.equal(detailOf(CreateSession, { task: 't', apiKey: long }), 'apiKey: must be at most 8192 characters');
  assert.equal(detailOf(FollowUp, { type: 'stop', id: long }), 'id: must be at most 255 characters');
});

test('a task, message or title of exactly its limit is accepted', () => {
  assert.ok(v.is(CreateSession, { task: 'x'.repeat(limits.taskCharsMax) }));
  assert.ok(v.is(RenameChat, { title: 'x'.repeat(limits.titleCharsMax) }));
});

test('NUL and lone surrogates in any text field are replaced', async () => {
  const dirty = fc
    .array(fc.constantFrom('\0', '\ud800', 'a', '😀'), { minLength: 1, maxLength: 20 })
    .map((parts) => `x${parts.join('')}`);
  await fc.assert(
    fc.property(dirty, (text) => {
      const input = { task: text, repoUrl: text, branch: text, gitUserName: text, projectId: text, id: text };
      const fields = v.parse(FirstMessage, { ...input, session_id: text });
      for (const value of Object.values(fields)) assert.ok(String(value).isWellFormed() && !/\0/.test(String(value)));
      const frame = v.parse(FollowUp, { type: 'message', id: text, content: text });
      assert.ok(JSON.stringify(frame).isWellFormed() && !JSON.stringify(frame).includes('\\u0000'));
    }),
  );
});

test('a wrong type is refused with the name of the field', () => {
  assert.match(detailOf(CreateSession, { task: 5 }), /^task: must be a string/);
  assert.equal(detailOf(CreateSession, {}), 'task: is required');
  assert.match(detailOf(CreateSession, { task: 't', autoStart: 'yes' }), /^autoStart: must be true or false/);
  assert.match(detailOf(FirstMessage, { last_sequence: -1 }), /^last_sequence: /);
  assert.match(detailOf(FirstMessage, { epoch: 1.5 }), /^epoch: /);
  for (const other of [null, [], 'text', 5]) assert.notEqual(detailOf(CreateSession, other), 'accepted');
});

test('a position beyond the largest sequence is read as the largest one', () => {
  const { last_sequence: inMessage } = v.parse(FirstMessage, { session_id: 's', last_sequence: 9e15 });
  const { last_sequence: inUrl } = v.parse(AttachQuery, { session_id: 's', last_sequence: '999999999999999' });
  assert.deepEqual([inMessage, inUrl], [2_147_483_647, 2_147_483_647]);
});

test('a position in the URL of a WebSocket is read from digits alone', () => {
  const asked = { session_id: 's-1', epoch: '2', last_sequence: '15' };
  assert.partialDeepStrictEqual(v.parse(AttachQuery, asked), { session_id: 's-1', epoch: 2, last_sequence: 15 });
  for (const bad of ['', '-1', '1.5', '0x1', '1e3', ' 1', '9'.repeat(16)])
    assert.ok(!v.is(AttachQuery, { last_sequence: bad }), bad);
});

test('every declared type of frame is read, with or without an id, and extra fields are ignored', () => {
  for (const type of followUpTypes) {
    const frame = v.parse(FollowUp, { type, content: 'any', toolCallId: 'c-1', decision: 'allow' });
    assert.equal(frame.type, type);
  }
  assert.deepEqual(v.parse(FollowUp, { type: 'stop', content: 'any', id: 'c-1' }), { type: 'stop', id: 'c-1' });
  assert.ok(!v.is(FollowUp, { type: 'other' }));
});

test('no input makes a schema throw', async () => {
  await fc.assert(
    fc.property(fc.anything(), (input) => {
      for (const schema of [CreateSession, FirstMessage, FollowUp, AttachQuery, RenameChat]) validate(schema, input);
    }),
  );
});

test('space around pasted keys and tokens is removed, and blank ones count as absent', () => {
  for (const schema of [CreateSession, FirstMessage]) {
    const pasted = v.parse(schema, { task: 't', api_key: ' sk-ant-x\n', gitToken: '\tghp_x \r\n' });
    assert.deepEqual(secretsOf(pasted), { apiKey: 'sk-ant-x', gitToken: 'ghp_x' });
    const blank = v.parse(schema, { task: 't', apiKey: ' \n', gitToken: ' ' });
    assert.deepEqual(secretsOf(blank), { apiKey: null, gitToken: null });
  }
});
