// JSON Schema reduced to what Gemini takes: it refuses a request for a keyword that it doesn't know.

type Json = Record<string, unknown>;

/** Keywords of the Gemini API's schema object (v1beta); any other is left out. */
const keywords = new Set([
  'type',
  'title',
  'description',
  'nullable',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
  'minimum',
  'maximum',
  'required',
]);

/** Formats that Gemini knows, by type. */
const formats = new Set(['date-time', 'int32', 'int64', 'float', 'double']);

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Leaves out what Gemini can't express: the tool still checks it. */
export function reduceSchema(schema: unknown): Json {
  if (!isJson(schema)) return {};
  const reduced = Object.fromEntries(Object.entries(schema).filter(([key]) => keywords.has(key)));
  return {
    ...reduced,
    ...typeOf(schema),
    ...choicesOf(schema),
    ...(typeof schema.format === 'string' && formats.has(schema.format) && { format: schema.format }),
    ...(isJson(schema.properties) && { properties: propertiesOf(schema.properties) }),
    ...(schema.items !== undefined && { items: reducePart(schema.items) }),
    ...variantsOf(schema),
  };
}

/** Gemini refuses a part that has no type, and an object without properties: a model writes it as a text then. */
function reducePart(schema: unknown): Json {
  const { properties, required, ...reduced } = reduceSchema(schema);
  if (reduced.type === undefined && reduced.anyOf === undefined && !isJson(properties))
    return { type: 'string', ...reduced };
  if (!isJson(properties) || Object.keys(properties).length === 0)
    return reduced.type === 'object' ? asText(reduced) : reduced;
  return { ...reduced, type: 'object', properties, ...(required !== undefined && { required }) };
}

const asText = ({ description, ...reduced }: Json): Json => ({
  ...reduced,
  type: 'string',
  description: `${typeof description === 'string' ? `${description} ` : ''}A JSON object, as a text.`,
});

const propertiesOf = (properties: Json): Json =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, reducePart(schema)]));

/** `["string", "null"]` is a string that may be null. */
function typeOf({ type }: Json): Json {
  if (!Array.isArray(type)) return {};
  const [first] = type.filter((name) => name !== 'null');
  return { ...(first !== undefined && { type: first }), ...(type.includes('null') && { nullable: true }) };
}

/** Gemini has enums of strings only. */
function choicesOf(schema: Json): Json {
  const choices = 'const' in schema ? [schema.const] : schema.enum;
  if (!Array.isArray(choices) || !choices.every((choice) => typeof choice === 'string')) return {};
  return { type: 'string', format: 'enum', enum: choices };
}

/** A variant of `null` makes the value nullable; a single variant that is left stands alone. */
function variantsOf(schema: Json): Json {
  const variants = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(variants)) return {};
  const isNull = (variant: unknown) => isJson(variant) && variant.type === 'null';
  const rest = variants.filter((variant) => !isNull(variant)).map(reducePart);
  const nullable = rest.length < variants.length && { nullable: true };
  const [only] = rest;
  return rest.length === 1 && only ? { ...only, ...nullable } : { anyOf: rest, ...nullable };
}
