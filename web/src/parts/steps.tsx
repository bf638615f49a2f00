import { Select } from 'antd';
import { useKnown } from '../api/questions';
import { useAddress } from '../app/address';
import { useTexts } from '../texts/language';
import { word } from './figure';

/** What a step of a way to a sale may be named by. */
export const STEPS = ['channel', 'source', 'campaign', 'keyword', 'creative', 'list', 'agent', 'touch_kind'];
export const LOOKBACKS = [7, 14, 30, 60, 90, 180, 365];

export function StepSelect({ value, onChange }: { value: string; onChange: (step: string) => void }) {
  const { say, read } = useTexts();
  const known = useKnown().data;
  return (
    <Select
      aria-label={say('ways.by')}
      value={value}
      onChange={onChange}
      options={STEPS.map((step) => ({ value: step, label: read(known?.dimensionText(step)) || say('field.kind') }))}
      popupMatchSelectWidth={false}
    />
  );
}

/** What a step is called, by what the steps of the address are named. */
export function useStepName(): (step: string | null) => string {
  const { say } = useTexts();
  const by = stepIn(useAddress().search.by);
  return (step) => (step === null ? say('row.unknown') : word(say, step, by === 'touch_kind' ? 'kind' : by));
}

/** The step the address names, if it is one. */
export function stepIn(text: string | undefined): string {
  return text !== undefined && STEPS.includes(text) ? text : 'channel';
}
