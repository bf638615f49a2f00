import { Button, Input, InputNumber, Select, Switch } from 'antd';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client';
import { useTexts } from '../texts/language';

type Term = Schemas['TermBody'];
interface Field<T> { id?: string; value?: T; onChange?: (value: T) => void; label: string }
interface Limit { count: number; days: number; hours: number }
interface Registry { name: string; max_age_days: number }
interface Window { first: string; last: string; opens: string; closes: string }

/** The field for a parameter of a calling rule, by its kind; its value is what the rule takes. */
export function TermField({ term, ...rest }: { term: Term; id?: string; value?: unknown; checked?: boolean; onChange?: (value: never) => void }) {
  const field = <T,>() => ({ ...rest, label: term.name }) as unknown as Field<T>;
  switch (term.kind) {
    case 'yes_no':
      return <Switch {...(rest as object)} />;
    case 'number':
      return <InputNumber min={0} precision={0} {...(rest as object)} />;
    case 'choice':
      return <Select style={{ minWidth: 160 }} options={term.choices.map((value) => ({ value, label: value }))} {...(rest as object)} />;
    case 'texts':
      return <Select mode="tags" open={false} suffixIcon={null} style={{ minWidth: 240 }} tokenSeparators={[',', '，']} {...(rest as object)} />;
    case 'windows':
      return <Windows {...field<string[]>()} />;
    case 'pause':
      return <Pause {...field<string | null>()} />;
    case 'limits':
      return <Limits {...field<Limit[]>()} />;
    case 'registries':
      return <Registries {...field<Registry[]>()} />;
    default:
      return <Input maxLength={2000} {...(rest as object)} />;
  }
}

/** Rows of one shape: each may go, another may come. */
function Rows<T extends object>({ id, value = [], onChange, label, empty, row }: Field<T[]> & { empty: T; row: (one: T, change: (part: Partial<T>) => void, named: (what: string) => string) => ReactNode }) {
  const { say } = useTexts();
  return (
    <div id={id} role="group" aria-label={label}>
      {value.map((one, place) => (
        <div key={place} className="inline-form">
          {row(one, (part) => onChange?.(value.map((other, at) => (at === place ? { ...other, ...part } : other))), (what) => `${label} ${place + 1} ${what}`)}
          <Button size="small" aria-label={`${say('term.remove')} ${label} ${place + 1}`} onClick={() => onChange?.(value.filter((_, at) => at !== place))}>{say('term.remove')}</Button>
        </div>
      ))}
      <Button size="small" onClick={() => onChange?.([...value, empty])}>{say('term.add')}</Button>
    </div>
  );
}

/** Hours of days, as 1-5 09:00-20:00; the end of a day is midnight. */
function Windows({ value, onChange, ...rest }: Field<string[]>) {
  const { say } = useTexts();
  const days = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ value: String(day), label: say(`term.day.${day}` as 'term.day.1') }));
  return (
    <Rows<Window>
      {...rest}
      value={(value ?? []).map(windowOf)}
      onChange={(rows) => onChange?.(rows.map(writtenOf))}
      empty={{ first: '1', last: '7', opens: '09:00', closes: '18:00' }}
      row={(one, change, named) => (
        <>
          <Select aria-label={named(say('term.first'))} style={{ width: 110 }} value={one.first} options={days} onChange={(first) => change({ first, ...(one.last < first ? { last: first } : {}) })} />
          <Select aria-label={named(say('term.last'))} style={{ width: 110 }} value={one.last} options={days.filter((day) => day.value >= one.first)} onChange={(last) => change({ last })} />
          <Clock label={named(say('term.opens'))} value={one.opens} onChange={(opens) => change({ opens })} />
          <Clock label={named(say('term.closes'))} value={one.closes === '24:00' ? '00:00' : one.closes} onChange={(closes) => change({ closes: closes === '00:00' ? '24:00' : closes })} />
        </>
      )}
    />
  );
}

/** A span of hours of every day, or none. */
function Pause({ id, value, onChange, label }: Field<string | null>) {
  const { say } = useTexts();
  const [from = '', to = ''] = (value ?? '').split('-');
  const tell = (begin: string, end: string) => onChange?.(begin || end ? `${begin}-${end}` : null);
  return (
    <div id={id} role="group" aria-label={label} className="inline-form">
      <Clock label={`${label} ${say('term.from')}`} value={from} onChange={(begin) => tell(begin, to)} />
      <Clock label={`${label} ${say('term.to')}`} value={to} onChange={(end) => tell(from, end)} />
    </div>
  );
}

function Clock({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  return <Input type="time" aria-label={label} style={{ width: 120 }} value={value} onChange={(event) => onChange(event.target.value)} />;
}

function Limits({ value, ...rest }: Field<Limit[]>) {
  const { say } = useTexts();
  return (
    <Rows<Limit>
      {...rest}
      value={value ?? []}
      empty={{ count: 1, days: 1, hours: 0 }}
      row={(one, change, named) => (
        <>
          <Amount label={named(say('term.count'))} text={say('term.count')} value={one.count} onChange={(count) => change({ count })} />
          <Amount label={named(say('term.days'))} text={say('term.days')} value={one.days} onChange={(days) => change({ days })} />
          <Amount label={named(say('term.hours'))} text={say('term.hours')} value={one.hours} onChange={(hours) => change({ hours })} />
        </>
      )}
    />
  );
}

function Registries({ value, ...rest }: Field<Registry[]>) {
  const { say } = useTexts();
  return (
    <Rows<Registry>
      {...rest}
      value={value ?? []}
      empty={{ name: '', max_age_days: 31 }}
      row={(one, change, named) => (
        <>
          <Input aria-label={named(say('field.name'))} style={{ width: 180 }} value={one.name} onChange={(event) => change({ name: event.target.value })} />
          <Amount label={named(say('term.age'))} text={say('term.age')} value={one.max_age_days} onChange={(days) => change({ max_age_days: days })} />
        </>
      )}
    />
  );
}

function Amount({ label, text, value, onChange }: { label: string; text: string; value: number; onChange: (value: number) => void }) {
  return <InputNumber aria-label={label} suffix={text} min={0} precision={0} style={{ width: 150 }} value={value} onChange={(told) => onChange(told ?? 0)} />;
}

function windowOf(text: string): Window {
  const [days = '', clock = ''] = text.includes(' ') ? text.split(' ') : ['1-7', text];
  const [first = '1', last = first] = days.split('-');
  const [opens = '', closes = ''] = clock.split('-');
  return { first, last, opens, closes };
}

function writtenOf({ first, last, opens, closes }: Window): string {
  return `${first === last ? first : `${first}-${last}`} ${opens}-${closes}`;
}
