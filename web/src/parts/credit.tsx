import { DatePicker, Select } from 'antd';
import dayjs from 'dayjs';
import { useAddress } from '../app/address';
import { useTexts } from '../texts/language';
import { MODELS, modelName } from './models';

// Under a model a deal belongs to several touches: what counts deals gives way to what shares them, or is left out.
const SHARED_DEALS: Record<string, string | null> = { cac: 'cac_attributed', won_deals: null };

/** The metrics that can be told under the model the address names; all of them without one. */
export function creditable(metrics: readonly string[], model: string | undefined): string[] {
  if (model === undefined) return [...metrics];
  const told = metrics.map((key) => (key in SHARED_DEALS ? SHARED_DEALS[key] : key));
  return [...new Set(told.filter((key): key is string => key !== null && key !== undefined))];
}

/** By which model money belongs to touches, and as of which day it was known; both stand in the address. */
export function CreditBar() {
  const { say } = useTexts();
  const { search, set } = useAddress();
  const own = search.attribution !== undefined && !(MODELS as readonly string[]).includes(search.attribution) ? [search.attribution] : [];
  return (
    <>
      <Select
        aria-label={say('credit.model')}
        value={search.attribution ?? ''}
        onChange={(name: string) => set({ attribution: name || null })}
        options={[{ value: '', label: say('credit.none') }, ...[...MODELS, ...own].map((name) => ({ value: name as string, label: say('credit.by', { name: own.includes(name) ? name : modelName(say, name) }) }))]}
        popupMatchSelectWidth={false}
      />
      <DatePicker
        aria-label={say('credit.asOf')}
        placeholder={say('credit.asOf')}
        value={search.as_of === undefined ? null : dayjs(search.as_of)}
        onChange={(day) => set({ as_of: day === null ? null : day.format('YYYY-MM-DD') })}
      />
    </>
  );
}
