// Every model thinks that can, asked in the way that it takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anthropicThinkingOf, googleThinkingOf } from './thinking.ts';

test('Anthropic’s models from 4.6 on, and those that nobody knows yet, think as much as they find right', () => {
  for (const model of [
    'claude-opus-4-6',
    'claude-sonnet-4-6',
    'claude-opus-4-7',
    'claude-opus-4-8',
    'claude-sonnet-5',
    'claude-haiku-5-5',
    'claude-fable-5-2',
    'claude-opus-6',
    'claude-mythos-preview',
    'anthropic/claude-opus-4.6',
    'us.anthropic.claude-opus-4-7-v1:0',
  ])
    assert.equal(anthropicThinkingOf(model), 'adaptive', model);
});

test('Anthropic’s models before that think within a budget, and those that can’t are not asked', () => {
  for (const model of [
    'claude-haiku-4-5',
    'claude-haiku-4-5-20251001',
    'claude-opus-4-5',
    'claude-opus-4-1-20250805',
    'claude-sonnet-4-20250514',
    'claude-sonnet-4@20250514',
    'claude-3-7-sonnet-20250219',
    'anthropic/claude-sonnet-4.5',
  ])
    assert.equal(anthropicThinkingOf(model), 'budget', model);
  for (const model of [
    'claude-3-5-sonnet-20241022',
    'claude-3-opus-20240229',
    'claude-2.1',
    'claude-instant-1',
    'glm-5',
  ])
    assert.equal(anthropicThinkingOf(model), 'none', model);
});

test('Google’s models show their thoughts from 2.5 on, thinking as Google’s own agent has them', () => {
  for (const model of ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'])
    assert.deepEqual(googleThinkingOf(model), { includeThoughts: true, thinkingBudget: 8_192 }, model);
  for (const model of ['gemini-3-pro-preview', 'gemini-3.1-pro-preview', 'gemini-3.8-flash', 'models/gemini-3.7-flash'])
    assert.deepEqual(googleThinkingOf(model), { includeThoughts: true, thinkingLevel: 'HIGH' }, model);
  for (const model of ['gemini-4-neon', 'gemini-5', 'gemini-flash-latest'])
    assert.deepEqual(googleThinkingOf(model), { includeThoughts: true }, model);
  for (const model of ['gemini-2.0-flash', 'gemini-1.5-pro', 'gemma-3-27b-it'])
    assert.equal(googleThinkingOf(model), undefined, model);
});
