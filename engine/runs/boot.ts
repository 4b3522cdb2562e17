// This process among the engines on its database: an id of its own, a name for people, and what it speaks.
import { hostname } from 'node:os';
import { v7 as uuid } from 'uuid';
import type { Labels } from '../../schema/labels.ts';
import { type Boot, wireVersion } from '../../schema/ownership.ts';

/** @param name the machine's where there is none */
export const createBoot = (name: string | undefined, version: string, labels: Labels): Boot => ({
  bootId: uuid(),
  node: name ?? hostname(),
  version,
  wire: wireVersion,
  labels,
});
