import { useQueryClient } from '@tanstack/react-query';
import { Alert, DatePicker, Select, Switch, Tag } from 'antd';
import dayjs from 'dayjs';
import type { ReactNode } from 'react';
import { wantFresh } from '../api/freshness';
import { useKnown } from '../api/questions';
import { useAddress, writeFilters } from '../app/address';
import { PRESETS, type Preset, lastDay, localToday, plusDays, presetPeriod } from '../app/period';
import { useTexts } from '../texts/language';
import { useWord } from './figure';

/** What of a period a screen can be asked by. */
type Controls = 'all' | 'basis' | 'period' | 'none';

/** A screen: its title, what it is about, the controls all screens share, and its content. */
export function Page({ title, hint, controls = 'all', extra, children }: { title: string; hint?: string; controls?: Controls; extra?: ReactNode; children: ReactNode }) {
  return (
    <>
      <header className="page-head">
        <h1>{title}</h1>
        {hint === undefined ? null : <p className="hint">{hint}</p>}
      </header>
      {controls === 'none' ? null : <PeriodBar controls={controls}>{extra}</PeriodBar>}
      {children}
    </>
  );
}

export function Panel({ title, hint, extra, children }: { title?: string; hint?: string; extra?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      {title === undefined && extra === undefined ? null : (
        <div className="panel-head">
          {title === undefined ? null : <h2>{title}</h2>}
          {extra}
        </div>
      )}
      {hint === undefined ? null : <p className="hint">{hint}</p>}
      {children}
    </section>
  );
}

/** Period, comparison, basis and filters; all of it stands in the address. */
function PeriodBar({ controls, children }: { controls: Controls; children?: ReactNode }) {
  const { say } = useTexts();
  const { search, period, set } = useAddress();
  const today = localToday();
  const preset = PRESETS.find((name) => {
    const found = presetPeriod(name, today);
    return found.from === period.from && found.to === period.to;
  });
  const choose = (name: Preset) => {
    const found = presetPeriod(name, today);
    set({ period: name === 'all' ? 'all' : null, from: found.from, to: found.to });
  };
  const last = lastDay(period);
  return (
    <div className="bar" role="group" aria-label={say('period.label')}>
      <Select
        aria-label={say('period.label')}
        value={preset ?? 'own'}
        onChange={(value) => value !== 'own' && choose(value as Preset)}
        options={[
          ...PRESETS.map((name) => ({ value: name as string, label: say(`period.${name}`) })),
          ...(preset === undefined ? [{ value: 'own', label: `${period.from ?? '…'} – ${last ?? '…'}` }] : []),
        ]}
        popupMatchSelectWidth={false}
      />
      <span className="days">
        <DatePicker
          aria-label={say('period.from')}
          placeholder={say('period.from')}
          value={period.from === null ? null : dayjs(period.from)}
          allowClear={false}
          onChange={(day) => day && set({ period: null, from: day.format('YYYY-MM-DD'), to: endAfter(day.format('YYYY-MM-DD'), period.to, today) })}
        />
        <span aria-hidden="true">–</span>
        <DatePicker
          aria-label={say('period.to')}
          placeholder={say('period.to')}
          value={last === null ? null : dayjs(last)}
          allowClear={false}
          onChange={(day) => day && set({ period: null, from: startBefore(day.format('YYYY-MM-DD'), period.from), to: plusDays(day.format('YYYY-MM-DD'), 1) })}
        />
      </span>
      {controls === 'all' ? (
      <Select
        aria-label={say('compare.label')}
        value={search.compare === 'none' ? 'none' : 'previous'}
        onChange={(value) => set({ compare: value === 'previous' ? null : value })}
        options={(['previous', 'none'] as const).map((name) => ({ value: name, label: say(`compare.${name}`) }))}
        popupMatchSelectWidth={false}
      />
      ) : null}
      {controls === 'period' ? null : (
        <>
      <Select
        aria-label={say('basis.label')}
        value={search.basis === 'event' ? 'event' : 'cohort'}
        onChange={(value) => set({ basis: value === 'cohort' ? null : value })}
        options={(['cohort', 'event'] as const).map((name) => ({ value: name, label: say(`basis.${name}`) }))}
        popupMatchSelectWidth={false}
      />
      <label className="switch">
        <Switch size="small" checked={search.matured === 'cycle'} onChange={(on) => set({ matured: on ? 'cycle' : null })} aria-label={say('matured.label')} />
        <span>{say('matured.label')}</span>
      </label>
        </>
      )}
      {children}
      <Filters />
      {period.invalid ? <Alert type="warning" showIcon title={say('period.invalid')} /> : null}
    </div>
  );
}

function Filters() {
  const { say, read } = useTexts();
  const { filters, set } = useAddress();
  const wordOf = useWord();
  const known = useKnown().data;
  const names = Object.keys(filters);
  if (names.length === 0) return null;
  return (
    <span className="filters">
      {names.map((name) => {
        const text = `${read(known?.dimensionText(name)) || name}: ${(filters[name] ?? []).map((value) => (value === null ? say('filters.unknown') : wordOf(String(value), name))).join(', ')}`;
        const { [name]: _, ...rest } = filters;
        return (
          <Tag key={name}>
            {text}
            <button type="button" className="tag-close" aria-label={say('filters.remove', { name: text })} onClick={() => set({ where: writeFilters(rest) })}>
              ×
            </button>
          </Tag>
        );
      })}
    </span>
  );
}

function endAfter(from: string, to: string | null, today: string): string {
  if (to !== null && to > from) return to;
  return from < today ? plusDays(today, 1) : plusDays(from, 1);
}

function startBefore(last: string, from: string | null): string {
  return from !== null && from <= last ? from : plusDays(last, -29);
}

/** Reads everything anew, for the button beside the freshness. */
export function useRefresh(): () => void {
  const client = useQueryClient();
  return () => {
    wantFresh();
    void client.invalidateQueries();
  };
}
