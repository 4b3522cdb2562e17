// The states of a session that has not ended, as queries name them.
import { sql } from 'slonik';
import { hasEnded, storedStates } from '../../../schema/session.ts';

const unended = storedStates.filter((state) => !hasEnded(state)).map((state) => sql.literalValue(state));

/** Behind a column: `state ${inUnendedStates}`, or `state NOT ${inUnendedStates}`. */
export const inUnendedStates = sql.fragment`IN (${sql.join(unended, sql.fragment`, `)})`;
