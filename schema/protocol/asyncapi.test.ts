// The AsyncAPI document has every frame that can be sent, with examples that fit, and every close code.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { errors } from '../error.ts';
import { everything } from './additions.ts';
import { buildAsyncApiDocument } from './asyncapi.ts';
import { findFrameProblem } from './check-server-frame.ts';
import { clientFrames, FollowUp, followUpTypes } from './client-frames/client-frames.ts';
import { firstMessage } from './client-frames/first-message.ts';
import { listCloseCodes } from './close-codes.ts';
import { declareClientFrame, declareServerFrame, schemasOf, typeOfSchema } from './declare-frame.ts';
import { eventTypes } from './events/event-types.ts';
import { serverFrames } from './server-frames/server-frames.ts';

const document = buildAsyncApiDocument('1.0.0');
const messages: Record<string, { payload: object; examples: { payload: unknown }[] } | undefined> =
  document.components.messages;

test('every frame of client and engine is a message of the document, with an example', () => {
  const types = [...clientFrames, ...serverFrames].map(({ schema }) => typeOfSchema(schema));
  assert.deepEqual(Object.keys(messages), ['first_message', ...types]);
  for (const [name, message] of Object.entries(messages)) assert.ok((message?.examples.length ?? 0) > 0, name);
});

test('every example is a valid frame', () => {
  for (const { examples } of serverFrames)
    for (const example of examples) assert.equal(findFrameProblem(JSON.stringify(example), everything), undefined);
  for (const { examples } of clientFrames) for (const example of examples) assert.ok(v.is(FollowUp, example));
  for (const example of firstMessage.examples) assert.ok(v.is(firstMessage.schema, example));
});

test('every reference in the document leads to something in it', () => {
  const pointers = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
  assert.ok(pointers.length > 0);
  for (const pointer of pointers) {
    const found = pointer.split('/').reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[part], document);
    assert.ok(found, pointer);
  }
});

test('every close code is in the document, with whether to come back', () => {
  const codes = new Set(Object.values(errors).flatMap((kind) => ('close' in kind ? [kind.close as number] : [])));
  assert.deepEqual(new Set(listCloseCodes().map(({ code }) => code)), new Set([1000, ...codes]));
  const late = listCloseCodes().find(({ code }) => code === errors.noFirstMessage.close);
  assert.deepEqual(late, { code: 4009, errors: ['noFirstMessage'], comeBack: true });
  assert.match(document.info.description, /^\| 4010 \| notAuthenticated \| with another token \|$/m);
});

test('every type of event is in the document', () => {
  for (const type of Object.keys(eventTypes)) assert.ok(document.info.description.includes(`- \`${type}\`: `), type);
});

test('a frame that is added to the list is documented and checked without any other change', () => {
  const countdown = declareServerFrame({
    schema: v.object({ type: v.literal('countdown'), seconds: v.number() }),
    summary: 'How long the turn may still take.',
    addition: 'frames that say how long a turn may still take',
    examples: [{ type: 'countdown', seconds: 30 }],
  });
  const extend = declareClientFrame({
    schema: v.object({ type: v.literal('extend'), seconds: v.number() }),
    summary: 'Asks for more time.',
    examples: [{ type: 'extend', seconds: 30 }],
  });
  const added = buildAsyncApiDocument('1.0.0', [...serverFrames, countdown], [...clientFrames, extend]);
  assert.partialDeepStrictEqual(added, {
    channels: { session: { messages: { countdown: {}, extend: {} } } },
    operations: { receive_extend: { action: 'receive' } },
    components: { messages: { countdown: { payload: { required: ['type', 'seconds'] } } } },
  });
  const declared = new Map([...serverFrames, countdown].map((frame) => [typeOfSchema(frame.schema), frame]));
  assert.equal(findFrameProblem('{"type":"countdown","seconds":3}', everything, declared), undefined);
  assert.match(findFrameProblem('{"type":"countdown"}', everything, declared) ?? '', /seconds/);
  const FollowUps = v.variant('type', schemasOf([...clientFrames, extend]));
  assert.deepEqual(v.parse(FollowUps, { type: 'extend', seconds: 3 }), { type: 'extend', seconds: 3 });
  assert.deepEqual(followUpTypes, ['message', 'interrupt', 'stop', 'ping', 'answer', 'decide']);
});
