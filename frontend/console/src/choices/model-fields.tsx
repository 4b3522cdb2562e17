// The fields of a model and of how much it thinks, of those that the engine has.
import { SelectField } from '../ui/select-field.tsx';
import type { ChoosableModel } from './choosable.ts';

type ModelChoice = { model: string; effort: string };

type ModelFieldsProps = {
  /** Those that are offered. */
  models: readonly ChoosableModel[];
  choice: ModelChoice;
  problems?: Partial<Record<keyof ModelChoice, string>>;
  /** What stands for no choice. */
  none: ModelChoice;
  choose(change: Partial<ModelChoice>): void;
};

const effortWords = { low: 'Low', medium: 'Medium', high: 'High', max: 'As much as it can' };

export function ModelFields({ models, choice, problems = {}, none, choose }: ModelFieldsProps) {
  const efforts = models.find(({ model }) => model === choice.model)?.abilities.efforts ?? Object.keys(effortWords);
  return (
    <>
      <SelectField
        label="Model"
        none={none.model}
        options={models.map((model) => [model.model, describeModel(model)])}
        value={choice.model}
        problem={problems.model}
        onChoose={(model) => choose({ model })}
      />
      <SelectField
        label="Effort"
        none={none.effort}
        options={efforts.map((effort) => [effort, effortWords[effort as keyof typeof effortWords]])}
        value={choice.effort}
        problem={problems.effort}
        onChoose={(effort) => choose({ effort })}
      />
    </>
  );
}

/** With what reading and writing a million tokens costs. */
const describeModel = ({ model, prices, needsKey }: ChoosableModel): string =>
  [
    model.slice(model.indexOf('/') + 1),
    ...(prices ? [`$${prices.input} / $${prices.output}`] : []),
    ...(needsKey ? ['needs your key'] : []),
  ].join(' · ');
