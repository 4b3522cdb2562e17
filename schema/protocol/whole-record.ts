// A record that refuses what one of valibot's would take for something else: lists, and names that it leaves out without a word.
import * as v from 'valibot';

/** Names that a record of valibot's leaves out without a word, since they would change the object itself. */
const unheldNames = ['__proto__', 'prototype', 'constructor'];

const findUnheld = (given: object) => unheldNames.find((each) => Object.hasOwn(given, each));
const isWhole = v.check(
  (given: object) => !Array.isArray(given) && findUnheld(given) === undefined,
  ({ input }) => (Array.isArray(input) ? 'must be an object' : `must not have the name ${findUnheld(input)}`),
);

export function wholeRecord<const Value extends v.GenericSchema>(names: v.GenericSchema<string, string>, value: Value) {
  const record = v.record(names, value);
  type Run = (typeof record)['~run'];
  const run: Run = (dataset, config) => {
    const checked = isWhole['~run']({ typed: true, value: Object(dataset.value) }, config);
    return checked.issues === undefined ? record['~run'](dataset, config) : (checked as unknown as ReturnType<Run>);
  };
  return { ...record, '~run': run };
}
