// Fields that several frames and answers share.
import * as v from 'valibot';

export const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0));

/** An event's position: its session, epoch and sequence. */
export const position = {
  sessionId: v.string(),
  /** How often the session had changed hands when the event was recorded. */
  epoch: wholeNumber,
  /** 1, 2, 3 … within the session, without gaps. */
  sequence: v.pipe(v.number(), v.integer(), v.minValue(1)),
};

/** A time, as every answer and frame has it. */
export const timestamp = v.pipe(
  v.string(),
  v.regex(/^\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}\+00:00$/),
  v.metadata({ format: 'date-time' }),
);

/** The wrong parts of the input, and what is wrong with each. */
export const InputError = v.strictObject({ path: v.string(), message: v.string() });
export const inputErrors = v.array(InputError);

/** Whether a text was cut; REST has the whole of it. */
export const truncated = v.optional(v.literal(true));

/** The user's messages that the model never answered, by the ids of their commands. */
export const unanswered = v.optional(v.array(v.string()));
