import { Select } from 'antd';
import { useKnown } from '../api/questions';
import { useTexts } from '../texts/language';

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

/** The step the address names, if it is one. */
export function stepIn(text: string | undefined): string {
  return text !== undefined && STEPS.includes(text) ? text : 'channel';
}
