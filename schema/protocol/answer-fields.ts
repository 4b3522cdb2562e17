// Fields that several frames and answers of the engine have.
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

/** A moment, as every answer and frame says it. */
export const timestamp = v.pipe(
  v.string(),
  v.regex(/^\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+00:00$/),
  v.metadata({ format: 'date-time' }),
);

/** What was wrong with which part of the input. */
export const inputErrors = v.array(v.strictObject({ path: v.string(), message: v.string() }));

/** That a text was cut: REST has the whole of it. */
export const truncated = v.optional(v.literal(true));

/** The user's messages that the model never answered, by the ids of their commands. */
export const unanswered = v.optional(v.array(v.string()));
