// The routes that anybody may ask: the engine's state, its metrics, and its documents.
import * as v from 'valibot';
import { modes } from '../../session.ts';
import { wholeNumber } from '../answer-fields.ts';
import { declareAnswer, type RouteDeclaration } from '../route.ts';

export const readStatus = {
  method: 'get',
  path: '/',
  tag: 'Engine',
  summary: 'System status',
  isOpen: true,
  answer: declareAnswer(
    v.strictObject({
      service: v.literal('Lucid AI Engine'),
      version: v.string(),
      status: v.literal('healthy'),
      openhands_available: v.pipe(
        v.boolean(),
        v.description('Whether a model is asked; otherwise a script plays agent'),
      ),
      docker_available: v.boolean(),
      active_sandboxes: wholeNumber,
      active_sessions: wholeNumber,
      llm_model: v.string(),
      mode: v.picklist(modes),
      sandbox: v.pipe(v.string(), v.description('Where the commands of agents run, in a few words')),
      node: v.pipe(v.nullable(v.string()), v.description('Its NODE_NAME, where it has one')),
      cluster: v.pipe(
        v.picklist(['alone', 'connected', 'cut', 'isolated']),
        v.description(
          'Whether it is alone, in a cluster and connected to a nats-server, cut from all of them, or isolated from the other engines',
        ),
      ),
    }),
    {
      service: 'Lucid AI Engine',
      version: '1.0.0',
      status: 'healthy',
      openhands_available: true,
      docker_available: true,
      active_sandboxes: 3,
      active_sessions: 12,
      llm_model: 'anthropic/claude-sonnet-4-5',
      mode: 'full',
      sandbox: 'containers of Docker',
      node: 'engine-1',
      cluster: 'connected',
    },
  ),
  errors: [],
} as const satisfies RouteDeclaration;

export const checkHealth = {
  method: 'get',
  path: '/health',
  tag: 'Engine',
  summary: 'Health check',
  isOpen: true,
  answer: declareAnswer(v.strictObject({ status: v.literal('ok') }), { status: 'ok' }),
  errors: [],
} as const satisfies RouteDeclaration;

export const checkReadiness = {
  method: 'get',
  path: '/ready',
  tag: 'Engine',
  summary: 'Whether work can be taken now',
  isOpen: true,
  answer: declareAnswer(v.strictObject({ status: v.literal('ready') }), { status: 'ready' }),
  errors: ['notReady'],
} as const satisfies RouteDeclaration;

export const readMetrics = {
  method: 'get',
  path: '/metrics',
  tag: 'Engine',
  summary: 'What is measured, in the text format of Prometheus',
  isOpen: true,
  answer: {
    schema: v.string(),
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    example: '# HELP lucid_sockets Open WebSockets.\n# TYPE lucid_sockets gauge\nlucid_sockets 42\n',
  },
  errors: [],
} as const satisfies RouteDeclaration;

export const readOpenApi = {
  method: 'get',
  path: '/openapi.json',
  tag: 'Engine',
  summary: 'This document',
  isOpen: true,
  answer: declareAnswer(
    v.looseObject({ openapi: v.string(), info: v.looseObject({ title: v.string(), version: v.string() }) }),
    { openapi: '3.1.1', info: { title: 'Lucid Engine', version: '1.0.0' } },
  ),
  errors: [],
} as const satisfies RouteDeclaration;

export const readAsyncApi = {
  method: 'get',
  path: '/asyncapi.json',
  tag: 'Engine',
  summary: 'The document of the WebSocket',
  isOpen: true,
  answer: declareAnswer(
    v.looseObject({ asyncapi: v.string(), info: v.looseObject({ title: v.string(), version: v.string() }) }),
    { asyncapi: '3.0.0', info: { title: 'Lucid Engine', version: '1.0.0' } },
  ),
  errors: [],
} as const satisfies RouteDeclaration;
