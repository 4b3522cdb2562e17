// How a frame is declared: its shape, what it says, examples, and which clients hear it.
import type * as v from 'valibot';

/** A frame's shape: an object that its `type` tells from all others. */
export type FrameSchema = v.ObjectSchema<{ type: v.LiteralSchema<string, undefined> } & v.ObjectEntries, undefined>;

type Described<Schema extends FrameSchema> = {
  schema: Schema;
  summary: string;
  examples: readonly v.InferInput<Schema>[];
};

export type ClientFrameDeclaration<Schema extends FrameSchema = FrameSchema> = Described<Schema>;

export type ServerFrameDeclaration<Schema extends FrameSchema = FrameSchema> = Described<Schema> & {
  /** What clients ask for that want the whole frame, in a few words; absent on the reference's own frames. */
  addition?: string;
  /** On frames of the reference: the fields that its clients know. All others are additions. */
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

/** The shapes alone, as a union takes them. */
export const schemasOf = <const Declarations extends readonly { schema: FrameSchema }[]>(declarations: Declarations) =>
  declarations.map(({ schema }) => schema) as SchemasOf<Declarations>;

export const typeOfSchema = ({ entries }: FrameSchema): string => entries.type.literal;
