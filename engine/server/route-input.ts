// Checks the input of a route as it is declared: parameters of its path, headers, query and body.
import { failed, type Outcome, succeeded } from '../../schema/error.ts';
import type { Fields, RouteDeclaration } from '../../schema/protocol/route.ts';
import { findUnknownFields } from '../../schema/unknown-fields.ts';
import { validate } from '../../schema/validate.ts';
import { type Call, emptyBody, type Headers, headerKeyOf } from './request.ts';

/** The checked input besides the body. */
export type CheckedHead = {
  parameters: Record<string, unknown>;
  headers: Record<string, unknown>;
  query: Record<string, unknown>;
};

export class RouteInput {
  readonly #declaration: RouteDeclaration;
  readonly #parameterNames: readonly string[];
  readonly #headers: readonly (readonly [name: string, key: keyof Headers])[];

  /** @throws where a header is declared that `request.ts` doesn't read */
  constructor(declaration: RouteDeclaration, parameterNames: readonly string[]) {
    this.#declaration = declaration;
    this.#parameterNames = parameterNames;
    this.#headers = Object.keys(declaration.headers?.entries ?? {}).map((name) => [name, headerKeyOf(name)]);
  }

  checkHead(call: Call): Outcome<CheckedHead> {
    const { parameters, headers, query } = this.#declaration;
    const checkedParameters = check(parameters, () => this.#parametersOf(call));
    if (!checkedParameters.ok) return checkedParameters;
    const checkedHeaders = check(headers, () => this.#headersOf(call));
    if (!checkedHeaders.ok) return checkedHeaders;
    const checkedQuery = check(query, () => call.query);
    if (!checkedQuery.ok) return checkedQuery;
    return succeeded({
      parameters: checkedParameters.value,
      headers: checkedHeaders.value,
      query: checkedQuery.value,
    });
  }

  /** @returns undefined where the route takes no body */
  async checkBody(call: Call): Promise<Outcome<unknown>> {
    const { body } = this.#declaration;
    if (!body) return succeeded(undefined);
    const given = await call.readBody();
    if (given === emptyBody) return refuseEmpty(body.schema);
    return given.ok ? this.checkFields(given.value) : given;
  }

  /** The fields of a body, however they came. */
  checkFields(given: unknown): Outcome<unknown> {
    const { body } = this.#declaration;
    if (!body) return succeeded(undefined);
    const refusal = body.refuse?.(given);
    if (refusal) return { ok: false, failure: refusal };
    const checked = validate(body.schema, given);
    return checked.ok && !body.isForm ? (refuseUnknown(body.schema, given) ?? checked) : checked;
  }

  #parametersOf = ({ parameters }: Call) =>
    Object.fromEntries(this.#parameterNames.map((name, at) => [name, parameters[at]]));

  #headersOf = (call: Call) => Object.fromEntries(this.#headers.map(([name, key]) => [name, call.headers[key]]));
}

function refuseUnknown(schema: Fields, given: unknown): Outcome<never> | undefined {
  const failure = findUnknownFields(schema, given, 'invalid');
  return failure && { ok: false, failure };
}

/** Says which fields are missing, where some are. */
function refuseEmpty(schema: Fields): Outcome<unknown> {
  const checked = validate(schema, {});
  const missing = checked.ok ? [] : (checked.failure.errors ?? []);
  if (missing.length === 0) return emptyBody;
  const sentences = missing.map(({ path, message }) => `${path} ${message}`);
  return failed('badRequest', `The body is empty, where JSON is needed: ${sentences.join(', ')}.`);
}

const nothing = succeeded<Record<string, unknown>>({});

const check = (fields: Fields | undefined, readInput: () => object): Outcome<Record<string, unknown>> =>
  fields ? validate(fields, readInput()) : nothing;
