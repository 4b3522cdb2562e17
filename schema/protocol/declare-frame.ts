// The declaration of a frame: its shape, a summary, examples, and which clients get it.
import type * as v from 'valibot';

/** A frame's shape: an object with a `type` of its own. */
export type FrameSchema = v.ObjectSchema<{ type: v.LiteralSchema<string, undefined> } & v.ObjectEntries, undefined>;

type Described<Schema extends FrameSchema> = {
  schema: Schema;
  summary: string;
  examples: readonly v.InferInput<Schema>[];
};

export type ClientFrameDeclaration<Schema extends FrameSchema = FrameSchema> = Described<Schema>;

export type ServerFrameDeclaration<Schema extends FrameSchema = FrameSchema> = Described<Schema> & {
  /** On a frame that is an addition as a whole: its description in a few words. */
  addition?: string;
  /** On a frame of the reference: the fields that its clients know; all others are additions. */
  referenceFields?: readonly string[];
};

export const declareClientFrame = <const Schema extends FrameSchema>(declaration: ClientFrameDeclaration<Schema>) =>
  declaration;

export const declareServerFrame = <
  const Schema extends FrameSchema,
  const More extends Omit<ServerFrameDeclaration, keyof Described<Schema>>,
>(
  declaration: Described<Schema> & More,
) => declaration;

type SchemasOf<Declarations extends readonly { schema: FrameSchema }[]> = {
  -readonly [At in keyof Declarations]: Declarations[At]['schema'];
};

/** The shapes of declarations, for a union. */
export const schemasOf = <const Declarations extends readonly { schema: FrameSchema }[]>(declarations: Declarations) =>
  declarations.map(({ schema }) => schema) as SchemasOf<Declarations>;

export const typeOfSchema = ({ entries }: FrameSchema): string => entries.type.literal;
