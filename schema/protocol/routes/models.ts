// The route that says what can be chosen: models, tools, and how far a turn may go.
import * as v from 'valibot';
import { efforts } from '../../choice.ts';
import { wholeNumber } from '../answer-fields.ts';
import { declareAnswer, type RouteDeclaration } from '../route.ts';

const rates = { input: v.number(), output: v.number(), cached: v.number(), cacheWrite: v.number() };

const Prices = v.strictObject({
  ...rates,
  long: v.exactOptional(
    v.pipe(
      v.strictObject({ aboveTokens: wholeNumber, ...rates }),
      v.description('What all of a request costs whose input has more tokens'),
    ),
  ),
});

export const ListedModel = v.strictObject({
  model: v.pipe(v.string(), v.description('As `model` names it: with its provider')),
  provider: v.string(),
  isDefault: v.pipe(v.boolean(), v.description('Whether sessions of its provider have it that choose none')),
  needsKey: v.pipe(v.boolean(), v.description('Whether the engine has no key for it, so that callers bring one')),
  contextTokens: v.pipe(wholeNumber, v.description('What a request and its answer may have together')),
  prices: v.pipe(v.nullable(Prices), v.description('US dollars for a million tokens; null where they aren’t known')),
  abilities: v.strictObject({
    tools: v.boolean(),
    sees: v.pipe(v.boolean(), v.description('Whether it sees images')),
    thinks: v.boolean(),
    efforts: v.pipe(v.array(v.picklist(efforts)), v.description('The levels of `effort` that make a difference')),
  }),
});
export type ListedModel = v.InferOutput<typeof ListedModel>;

export const listModels = {
  method: 'get',
  path: '/api/v1/models',
  tag: 'Sessions',
  summary: 'List what can be chosen for a session or a message',
  isOpen: false,
  answer: declareAnswer(
    v.strictObject({
      models: v.array(ListedModel),
      takesAnyName: v.pipe(
        v.boolean(),
        v.description('Whether names beside these can be chosen too, since the operator has the models elsewhere'),
      ),
      defaultProvider: v.string(),
      tools: v.pipe(v.array(v.string()), v.description('The engine’s own; those of servers are beside them')),
      limits: v.strictObject({ maxIterations: wholeNumber, timeoutSeconds: v.number() }),
    }),
    {
      models: [
        {
          model: 'anthropic/claude-haiku-5-5',
          provider: 'anthropic',
          isDefault: false,
          needsKey: false,
          contextTokens: 1_000_000,
          prices: {
            input: 0.1,
            output: 0.5,
            cached: 0.01,
            cacheWrite: 0.125,
            long: { aboveTokens: 100_000, input: 0.5, output: 2.5, cached: 0.05, cacheWrite: 0.625 },
          },
          abilities: { tools: true, sees: true, thinks: true, efforts: [...efforts] },
        },
      ],
      takesAnyName: false,
      defaultProvider: 'anthropic',
      tools: ['shell', 'read', 'write', 'edit', 'search', 'think', 'finish'],
      limits: { maxIterations: 500, timeoutSeconds: 86_400 },
    },
  ),
  errors: [],
} as const satisfies RouteDeclaration;
