import { Tooltip } from 'antd';
import type { Figure, Metric, Row } from '../api/client';
import { useKnown } from '../api/questions';
import { useAddress, writeBehind } from '../app/address';
import { judged, shown, shownChange } from '../app/format';
import { codeText, ownText, useTexts } from '../texts/language';

interface Props {
  figure: Figure | undefined;
  metric: Metric;
  currency: string;
  /** What the figure is of, for those who cannot see where it stands. */
  of?: string;
  className?: string;
}

/** A number that opens exactly the facts behind it; an unknown one says why. */
export function FigureLink({ figure, metric, currency, of, className }: Props) {
  const { set } = useAddress();
  const { say, read, language } = useTexts();
  if (figure === undefined) return <span className="unknown">—</span>;
  const text = shown(figure.value, metric.unit, currency, language);
  const name = of === undefined ? read(metric.text) : `${read(metric.text)} · ${of}`;
  const about = aboutFigure(figure, metric, currency, { say, read, language });
  const classes = ['figure', figure.value === null ? 'unknown' : '', figure.small ? 'small' : '', className ?? ''];
  return (
    <Tooltip title={about.length > 0 ? about.map((line) => <div key={line}>{line}</div>) : undefined}>
      <button
        type="button"
        className={classes.join(' ')}
        aria-label={`${text}: ${say('figure.open', { name })}${figure.value === null ? ` (${read(figure.reason)})` : ''}`}
        onClick={() => set({ behind: writeBehind(figure.behind) })}
      >
        {text}
      </button>
    </Tooltip>
  );
}

type Texts = Pick<ReturnType<typeof useTexts>, 'say' | 'read' | 'language'>;

/** What is to be known with a figure: why it is unknown, how sure it is, what it was before. */
export function aboutFigure(figure: Figure, metric: Metric, currency: string, { say, read, language }: Texts): string[] {
  const lines: string[] = [];
  const write = (value: string | number | null) => shown(value, metric.unit, currency, language);
  if (figure.value === null && figure.reason !== null) lines.push(`${say('figure.unknown')}: ${read(figure.reason)}`);
  if (figure.interval) lines.push(say('figure.interval', { low: write(figure.interval.low), high: write(figure.interval.high) }));
  if (figure.small) lines.push(say('figure.small', { n: figure.n }));
  if (figure.before) lines.push(say('figure.before', { value: write(figure.before.value) }));
  return lines;
}

export function ChangeMark({ figure, metric }: { figure: Figure | undefined; metric: Metric }) {
  const { read, language } = useTexts();
  const change = figure?.change;
  if (!change) return null;
  if (change.value === null) {
    return (
      <Tooltip title={read(change.reason)}>
        <span className="change neutral">—</span>
      </Tooltip>
    );
  }
  const number = Number(change.value);
  const arrow = number > 0 ? '▲' : number < 0 ? '▼' : '＝';
  return (
    <span className={`change ${judged(change, metric.direction)}`}>
      <span aria-hidden="true">{arrow} </span>
      {shownChange(change, metric.unit, language)}
    </span>
  );
}

/** What a row is called; the words of the service stay, times and yes or no are put in the reader's language. */
export function useRowName(): (row: Pick<Row, 'by' | 'kind'>) => string {
  const { say } = useTexts();
  const wordOf = useWord();
  return (row) => {
    if (row.kind === 'unallocated') return say('row.unallocated');
    const parts = Object.entries(row.by).map(([key, value]) => {
      if (value === null || value === '') return say('row.unknown');
      if (typeof value === 'boolean') return value ? say('row.yes') : say('row.no');
      if (key === 'weekday') return codeText(say, 'weekday', value);
      if (key === 'hour') return `${String(value).padStart(2, '0')}:00`;
      return wordOf(String(value), key);
    });
    return parts.length === 0 ? say('row.total') : parts.join(' · ');
  };
}

/** A word of the service in the reader's language, by its field; kinds of cost are named by the catalogue. */
export function useWord(): (value: string, field: string) => string {
  const { say, read } = useTexts();
  const known = useKnown().data;
  return (value, field) => (field === 'cost_kind' && read(known?.catalogue.cost_kinds.find((kind) => kind.key === value)?.text)) || word(say, value, field);
}

const SOURCE = ['channel', 'source', 'medium', 'campaign', 'keyword', 'creative'] as const;

/** Where something came from in one line, from the channel down. */
export function sourceText(say: Texts['say'], from: { [Name in (typeof SOURCE)[number]]?: string | null }): string {
  return SOURCE.flatMap((name) => (from[name] ? [word(say, from[name], name)] : [])).join(' / ') || '—';
}

/** A word of the service in the reader's language, if we have one for it; some mean another thing in another field. */
export function word(say: Texts['say'], value: string, field = ''): string {
  return ownText(say, `word.${field}.${value}`) ?? codeText(say, 'word', value);
}
