// The choice of providers is what this engine has, as its document of the API says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findProviders } from './providers.ts';

test('the providers are those that the document names', () => {
  const modelProvider = { type: ['string', 'null'], enum: ['anthropic', 'google', '', null] };
  const body = { content: { 'application/json': { schema: { properties: { modelProvider } } } } };
  assert.deepEqual(findProviders({ paths: { '/api/v1/sessions': { post: { requestBody: body } } } }), [
    'anthropic',
    'google',
  ]);
  assert.deepEqual(findProviders({ components: { schemas: { CreateSession: { properties: { modelProvider } } } } }), [
    'anthropic',
    'google',
  ]);
});

test('a document without any gives no choice', () => {
  assert.deepEqual(findProviders({}), []);
});
