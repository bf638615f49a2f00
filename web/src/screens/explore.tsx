import { Button, Tag } from 'antd';
import { Suspense, lazy } from 'react';
import type { Answer } from '../api/client';
import { useAsk, useKnown } from '../api/questions';
import { useAddress } from '../app/address';
import { shown } from '../app/format';
import { barOption, trendOption } from '../charts/options';
import { DimensionSelect, MetricSelect } from '../parts/choose';
import { useRowName } from '../parts/figure';
import { FigureTable } from '../parts/figure-table';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { themeStore } from '../parts/theme';
import { useTexts } from '../texts/language';

const Chart = lazy(async () => ({ default: (await import('../charts/chart')).Chart }));
const TIMES = ['day', 'week', 'month', 'quarter'];
const MOST_BARS = 20;

export default function Explore() {
  const { say, read } = useTexts();
  const { search, set, compared } = useAddress();
  const known = useKnown().data;
  const metrics = (search.metrics ?? 'conversations').split(',').filter((key) => known === undefined || known.metric(key) !== undefined);
  const by = search.by === undefined ? 'channel' : search.by === 'none' ? '' : search.by;
  const cuts = by === '' ? [] : [by];
  const usable = known === undefined ? [] : known.cuttable(metrics, cuts);
  const answer = useAsk(usable.length === 0 ? null : { ...compared(usable, cuts), intervals: true });
  return (
    <Page title={say('explore.title')} hint={say('explore.hint')}>
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
              {by === '' ? null : <Picture answer={data} metric={usable[0] ?? ''} by={by} />}
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

function Picture({ answer, metric, by }: { answer: Answer; metric: string; by: string }) {
  const { say, read, language } = useTexts();
  const nameOf = useRowName();
  const dark = themeStore.use() === 'dark';
  const definition = useKnown().data?.metric(metric);
  if (definition === undefined) return null;
  const numberOf = (value: string | number | null | undefined) => (value === null || value === undefined ? null : Number(value));
  const isTime = TIMES.includes(by);
  const rows = answer.rows.filter((row) => row.kind === 'value');
  const ordered = isTime
    ? [...rows].sort((a, b) => String(a.by[by]).localeCompare(String(b.by[by])))
    : [...rows].sort((a, b) => (numberOf(b.values[metric]?.value) ?? -Infinity) - (numberOf(a.values[metric]?.value) ?? -Infinity)).slice(0, MOST_BARS);
  const names = ordered.map(nameOf);
  const line = { name: read(definition.text), values: ordered.map((row) => numberOf(row.values[metric]?.value)) };
  const look = { dark, write: (value: number) => shown(value, definition.unit, answer.currency, language) };
  return (
    <Panel title={read(definition.text)}>
      <Suspense fallback={<div style={{ height: 300 }} />}>
        <Chart
          option={isTime ? trendOption(names, line, null, look) : barOption(names, line, look)}
          label={say('chart.alt', { name: read(definition.text) })}
          height={isTime ? 300 : Math.max(160, names.length * 28 + 50)}
        />
      </Suspense>
    </Panel>
  );
}
