// Fields that several frames of the engine have.
import * as v from 'valibot';

export const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Where in which session an event stands. */
export const position = {
  sessionId: v.string(),
  /** How often the session had changed hands. */
  epoch: wholeNumber,
  /** 1, 2, 3 … within the session, without gaps. */
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
};

export const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** That a text was cut: REST has the whole of it. */
export const truncated = v.optional(v.literal(true));

/** The user's messages that the model never answered, by the ids of their commands. */
export const unanswered = v.optional(v.array(v.string()));
