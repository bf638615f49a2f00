import { Suspense, lazy } from 'react';
import { Alert } from 'antd';
import type { Answer, Metric } from '../api/client';
import { useAskMany, useKnown } from '../api/questions';
import { useAddress } from '../app/address';
import { adviceOnMissed, adviceOnReturns } from '../app/advice';
import { shown } from '../app/format';
import { localToday } from '../app/period';
import { usesModule } from '../app/place';
import { trendOption } from '../charts/options';
import { daysOf, marksOf, namesIn, valuesAt } from '../charts/days';
import { NextSteps } from '../parts/advice';
import { Annotations, useAnnotations } from '../parts/annotations';
import { ChangeMark, FigureLink } from '../parts/figure';
import { Page, Panel } from '../parts/page';
import { FirstSteps } from '../parts/sample';
import { Nothing, Wait } from '../parts/states';
import { themeStore } from '../parts/theme';
import { useTexts } from '../texts/language';
import { useRights } from '../app/session';

const Chart = lazy(async () => ({ default: (await import('../charts/chart')).Chart }));

type Asked = ReturnType<typeof useAskMany>[number];

const MONEY = ['total_cost', 'revenue_net', 'roi', 'gross_margin', 'cac'];
const WORK = ['won_deals', 'conversations', 'connect_rate', 'target_calls', 'missed_rate'];

export default function Overview() {
  const { say } = useTexts();
  const { search, question, compared } = useAddress();
  const mayCosts = useRights().has('costs.read');
  const mayMoney = mayCosts && usesModule('deals');
  const chosen = search.metric ?? (mayMoney ? 'revenue_net' : 'conversations');
  const trend = useTrend(chosen);
  const tiles = mayMoney ? MONEY : mayCosts ? ['total_cost', 'cost_per_unique_target_call', 'cost_per_conversation'] : [];
  const moneyTiles = useKnown().data?.cuttable(tiles, []) ?? [];
  const workTiles = usesModule('deals') ? WORK : WORK.filter((key) => key !== 'won_deals');
  // One request: every figure of the page is of the same moment.
  const [money, work, channels, missed, now, before] = useAskMany([
    moneyTiles.length > 0 ? { ...compared(moneyTiles), intervals: true } : null,
    { ...compared(workTiles), intervals: true },
    mayMoney ? question(['total_cost', 'revenue_net', 'roi'], ['channel']) : null,
    question(['missed'], ['hour']),
    trend.now,
    trend.before,
  ], { reloads: true }) as [Asked, Asked, Asked, Asked, Asked, Asked];
  const found = [
    ...(channels.data ? adviceOnReturns(channels.data).map((advice) => ({ advice, answer: channels.data as Answer })) : []),
    ...(missed.data ? adviceOnMissed(missed.data).map((advice) => ({ advice, answer: missed.data as Answer })) : []),
  ];
  return (
    <Page title={say('overview.title')} hint={say('overview.hint')}>
      {usesModule('deals') ? null : <Alert type="info" showIcon title={say('overview.noDeals')} description={say('overview.noDealsHint')} />}
      <FirstSteps />
      {moneyTiles.length > 0 ? <Wait asked={money} height={154}>{(answer) => <Tiles answer={answer} metrics={moneyTiles} chosen={chosen} />}</Wait> : null}
      <Wait asked={work} height={168}>{(answer) => <Tiles answer={answer} metrics={workTiles} chosen={chosen} />}</Wait>
      <Trend metric={chosen} now={now} before={before} />
      <NextSteps found={found} />
    </Page>
  );
}

function Tiles({ answer, metrics, chosen }: { answer: Answer; metrics: string[]; chosen: string }) {
  const known = useKnown().data;
  const row = answer.rows[0];
  if (row === undefined) return <Nothing />;
  return (
    <ul className="tiles">
      {metrics.map((key) => {
        const metric = known?.metric(key);
        return metric === undefined ? null : <Tile key={key} metric={metric} answer={answer} chosen={chosen === key} />;
      })}
    </ul>
  );
}

function Tile({ metric, answer, chosen }: { metric: Metric; answer: Answer; chosen: boolean }) {
  const { say, read, language } = useTexts();
  const { set } = useAddress();
  const figure = answer.rows[0]?.values[metric.key];
  const before = figure?.before ? say('figure.before', { value: shown(figure.before.value, metric.unit, answer.currency, language) }) : '';
  return (
    <li className={chosen ? 'tile chosen' : 'tile'}>
      <button type="button" className="tile-name" aria-pressed={chosen} aria-label={say('overview.show', { name: read(metric.text) })} onClick={() => set({ metric: metric.key })}>
        {read(metric.text)}
      </button>
      <FigureLink figure={figure} metric={metric} currency={answer.currency} className="tile-value" />
      <p className="tile-change">
        <ChangeMark figure={figure} metric={metric} /> <span className="before">{figure?.value === null ? read(figure.reason) : before}</span>
      </p>
      <p className="tile-meaning">{read(metric.meaning)}</p>
    </li>
  );
}

/** The two questions a trend is drawn from. */
function useTrend(metric: string) {
  const { compared, period } = useAddress();
  const definition = useKnown().data?.metric(metric);
  const cut = cutOf(period.from, period.to);
  const asked = compared([metric], [cut]);
  const earlier = beforeOf(asked.compare, period.from, period.to);
  const can = definition?.dimensions.includes(cut) ?? false;
  return {
    now: can ? { ...asked, compare: null } : null,
    before: can && earlier !== null ? { ...asked, compare: null, from: earlier.from, to: earlier.to } : null,
  };
}

function Trend({ metric, now, before }: { metric: string; now: Asked; before: Asked }) {
  const { say, read, language } = useTexts();
  const { compared, period } = useAddress();
  const dark = themeStore.use() === 'dark';
  const definition = useKnown().data?.metric(metric);
  const notes = useAnnotations(period).data ?? [];
  const cut = cutOf(period.from, period.to);
  const earlier = beforeOf(compared([metric]).compare, period.from, period.to);
  if (definition === undefined || !definition.dimensions.includes(cut)) return null;
  const write = (value: number) => shown(value, definition.unit, now.data?.currency ?? 'CNY', language);
  const title = `${say('overview.trend')}: ${read(definition.text)}`;
  return (
    <Panel title={title}>
      <Wait asked={now} height={280}>
        {(answer) => {
          if (answer.rows.length === 0) return <Nothing />;
          const additive = definition.denominator === null;
          const names = cut === 'day' ? daysOf(period, localToday()) : namesIn(answer.rows, cut);
          const line = { name: say('chart.now'), values: valuesAt(answer.rows, cut, names, metric, additive) };
          const then = before.data === undefined || earlier === null || cut !== 'day' ? null : valuesAt(before.data.rows, cut, daysOf(earlier, localToday()), metric, additive);
          const past = then === null ? null : { name: say('chart.before'), values: then.slice(0, names.length) };
          return (
            <Suspense fallback={<div style={{ height: 280 }} />}>
              <Chart option={trendOption(names, line, past, { dark, write }, marksOf(notes, cut, names))} label={say('chart.alt', { name: title })} />
            </Suspense>
          );
        }}
      </Wait>
      <Annotations notes={notes} period={period} />
    </Panel>
  );
}

const DAY_MS = 86_400_000;
const MANY_DAYS = 120;

function cutOf(from: string | null, to: string | null): 'day' | 'month' {
  if (from === null || to === null) return 'month';
  return (Date.parse(to) - Date.parse(from)) / DAY_MS > MANY_DAYS ? 'month' : 'day';
}

function beforeOf(compare: unknown, from: string | null, to: string | null): { from: string; to: string } | null {
  if (compare === 'previous' && from !== null && to !== null) {
    const length = Date.parse(to) - Date.parse(from);
    return { from: new Date(Date.parse(from) - length).toISOString().slice(0, 10), to: from };
  }
  return typeof compare === 'object' && compare !== null ? (compare as { from: string; to: string }) : null;
}

