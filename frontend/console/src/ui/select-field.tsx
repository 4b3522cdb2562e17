// A field of which one choice is taken, or none, with its label and what is wrong with it.
import { FieldFrame, inputClass } from './field.tsx';

type SelectFieldProps = {
  label: string;
  value: string;
  problem?: string | undefined;
  /** What stands for no choice, and the choices with their words. */
  none: string;
  options: readonly (readonly [value: string, word: string])[];
  onChoose(value: string): void;
};

/** A choice that isn't offered any more stays one, so that nothing is chosen unseen. */
export function SelectField({ value, none, options, onChoose, ...words }: SelectFieldProps) {
  const isOffered = value === '' || options.some(([each]) => each === value);
  return (
    <FieldFrame {...words}>
      {(tied) => (
        <select {...tied} value={value} onChange={(event) => onChoose(event.target.value)} className={inputClass}>
          <option value="">{none}</option>
          {(isOffered ? options : [...options, [value, value] as const]).map(([each, word]) => (
            <option key={each} value={each}>
              {word}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  );
}
