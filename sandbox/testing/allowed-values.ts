// What an operator lets through the socket filter, for its tests.
import type { AllowedValues } from '../socket-filter/request-bodies.ts';

export const allowed: AllowedValues = {
  filterId: 'filter-1',
  image: 'lucid-sandbox',
  user: 'agent',
  devcontainerImages: ['node:24*'],
  network: 'lucid-sandboxes',
  runtime: undefined,
};
