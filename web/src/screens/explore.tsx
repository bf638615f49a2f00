import { Button, Tag } from 'antd';
import { Suspense, lazy } from 'react';
import type { Answer } from '../api/client';
import { useAsk, useKnown } from '../api/questions';
import { useAddress } from '../app/address';
import { shown } from '../app/format';
import { TIMES, marksOf } from '../charts/days';
import { barOption, trendOption } from '../charts/options';
import { Annotations, useAnnotations } from '../parts/annotations';
import { DimensionSelect, MetricSelect } from '../parts/choose';
import { useRowName } from '../parts/figure';
import { FigureTable } from '../parts/figure-table';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { CreditBar } from '../parts/credit';
import { themeStore } from '../parts/theme';
import { useTexts } from '../texts/language';

const Chart = lazy(async () => ({ default: (await import('../charts/chart')).Chart }));
const MOST_BARS = 20;

export default function Explore() {
  const { say, read } = useTexts();
  const { search, set, compared, credited } = useAddress();
  const known = useKnown().data;
  const metrics = (search.metrics ?? 'conversations').split(',').filter((key) => known === undefined || known.metric(key) !== undefined);
  const by = search.by === undefined ? 'channel' : search.by === 'none' ? '' : search.by;
  const cuts = by === '' ? [] : [by];
  const usable = known === undefined ? [] : known.cuttable(metrics, cuts);
  const answer = useAsk(usable.length === 0 ? null : credited({ ...compared(usable, cuts), intervals: true }));
  return (
    <Page title={say('explore.title')} hint={say('explore.hint')} extra={<CreditBar />}>
      <div className="bar">
        {metrics.map((key, place) => (
          <MetricSelect key={key} value={key} onChange={(next) => set({ metrics: metrics.with(place, next).join(',') })} />
        ))}
        <MetricSelect value={say('explore.more')} label={say('explore.more')} onChange={(next) => set({ metrics: [...new Set([...metrics, next])].join(',') })} />
        <DimensionSelect none value={by} metrics={metrics} onChange={(next) => set({ by: next === '' ? 'none' : next })} />
        {metrics.length < 2 ? null : (
          <span className="filters">
            {metrics.map((key) => {
              const name = read(known?.metric(key)?.text);
              return (
                <Tag key={key}>
                  {name}
                  <Button type="text" size="small" aria-label={say('explore.remove', { name })} onClick={() => set({ metrics: metrics.filter((other) => other !== key).join(',') })}>
                    ×
                  </Button>
                </Tag>
              );
            })}
          </span>
        )}
      </div>
      <Meaning metric={metrics[0] ?? ''} />
      <Wait asked={answer} height={320}>
        {(data) =>
          data.rows.length === 0 ? (
            <Nothing />
          ) : (
            <>
              {by === '' ? null : TIMES.includes(by) ? <Course answer={data} metric={usable[0] ?? ''} by={by} /> : <Picture answer={data} metric={usable[0] ?? ''} />}
              <Panel>
                <FigureTable answer={data} metrics={usable} />
              </Panel>
            </>
          )
        }
      </Wait>
    </Page>
  );
}

function Meaning({ metric }: { metric: string }) {
  const { say, read } = useTexts();
  const found = useKnown().data?.metric(metric);
  if (found === undefined) return null;
  return (
    <p className="hint">
      <strong>{read(found.text)}</strong>: {read(found.meaning)} {read(found.why)} {say('metric.tracked')}: {read(found.tracked)}
    </p>
  );
}

const numberOf = (value: string | number | null | undefined) => (value === null || value === undefined ? null : Number(value));

interface Shown {
  answer: Answer;
  metric: string;
  by: string;
}

/** What a metric was over time, with what people wrote on its days. */
function Course({ answer, metric, by }: Shown) {
  const { say, read } = useTexts();
  const nameOf = useRowName();
  const { period } = useAddress();
  const notes = useAnnotations(period).data ?? [];
  const look = useLook(answer, metric);
  if (look === null) return null;
  const rows = answer.rows.filter((row) => row.kind === 'value').sort((a, b) => String(a.by[by]).localeCompare(String(b.by[by])));
  const labels = rows.map(nameOf);
  const name = read(look.definition.text);
  const line = { name, values: rows.map((row) => numberOf(row.values[metric]?.value)) };
  const marks = marksOf(notes, by, rows.map((row) => String(row.by[by])), labels);
  return (
    <Panel title={name}>
      <Suspense fallback={<div style={{ height: 300 }} />}>
        <Chart option={trendOption(labels, line, null, look, marks)} label={say('chart.alt', { name })} height={300} />
      </Suspense>
      <Annotations notes={notes} period={period} />
    </Panel>
  );
}

function Picture({ answer, metric }: Omit<Shown, 'by'>) {
  const { say, read } = useTexts();
  const nameOf = useRowName();
  const look = useLook(answer, metric);
  if (look === null) return null;
  const rows = answer.rows.filter((row) => row.kind === 'value');
  const ordered = rows.sort((a, b) => (numberOf(b.values[metric]?.value) ?? -Infinity) - (numberOf(a.values[metric]?.value) ?? -Infinity)).slice(0, MOST_BARS);
  const names = ordered.map(nameOf);
  const name = read(look.definition.text);
  const line = { name, values: ordered.map((row) => numberOf(row.values[metric]?.value)) };
  return (
    <Panel title={name}>
      <Suspense fallback={<div style={{ height: 300 }} />}>
        <Chart option={barOption(names, line, look)} label={say('chart.alt', { name })} height={Math.max(160, names.length * 28 + 50)} />
      </Suspense>
    </Panel>
  );
}

/** How figures of a metric are drawn and written; null where nobody knows it. */
function useLook(answer: Answer, metric: string) {
  const { language } = useTexts();
  const dark = themeStore.use() === 'dark';
  const definition = useKnown().data?.metric(metric);
  if (definition === undefined) return null;
  return { definition, dark, write: (value: number) => shown(value, definition.unit, answer.currency, language) };
}
