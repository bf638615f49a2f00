import { Suspense, lazy } from 'react';
import type { Answer } from '../api/client';
import { useAsk, useKnown } from '../api/questions';
import { useAddress, writeBehind } from '../app/address';
import { adviceOnCosts, adviceOnReturns } from '../app/advice';
import { shown } from '../app/format';
import { type Step, waterfallOption } from '../charts/options';
import { NextSteps } from '../parts/advice';
import { CreditBar, creditable } from '../parts/credit';
import { useRowName } from '../parts/figure';
import { FigureTable } from '../parts/figure-table';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { themeStore } from '../parts/theme';
import { useTexts } from '../texts/language';

const Chart = lazy(async () => ({ default: (await import('../charts/chart')).Chart }));
// More would be too small to see; the ledger below has them all.
const SHOWN_KINDS = 8;
const WHOLE = ['revenue_net', 'gross_margin', 'total_cost', 'roi', 'roi_margin', 'won_deals', 'cac'];
const LEDGER = ['total_cost'];
const RETURNS = ['total_cost', 'revenue_net', 'gross_margin', 'roi', 'won_deals', 'cac'];

export default function Roi() {
  const { say } = useTexts();
  const { search, question, compared, credited } = useAddress();
  const [all, returns] = [creditable(WHOLE, search.attribution), creditable(RETURNS, search.attribution)];
  const whole = useAsk(credited(compared(all)));
  const ledger = useAsk(credited(compared(LEDGER, ['cost_kind'])));
  const channels = useAsk(credited(compared(returns, ['channel'])));
  const plain = useAsk(credited(question(LEDGER, ['cost_kind'])));
  const missing = plain.data === undefined ? [] : adviceOnCosts(plain.data).map((advice) => ({ advice, answer: plain.data as Answer }));
  const steps = channels.data === undefined ? [] : adviceOnReturns(channels.data).map((advice) => ({ advice, answer: channels.data as Answer }));
  return (
    <Page title={say('roi.title')} hint={say(search.attribution === undefined ? 'roi.hint' : 'credit.hint')} extra={<CreditBar />}>
      <Wait asked={whole} height={120}>{(data) => <Panel><FigureTable answer={data} metrics={all} /></Panel>}</Wait>
      <Panel title={say('roi.waterfall')}>
        <Wait asked={ledger} height={340}>{(costs) => (whole.data === undefined ? null : <Waterfall whole={whole.data} costs={costs} />)}</Wait>
      </Panel>
      <Panel title={say('roi.ledger')}>
        <Wait asked={ledger}>{(data) => (data.rows.length === 0 ? <Nothing /> : <FigureTable answer={data} metrics={LEDGER} />)}</Wait>
      </Panel>
      <Panel title={say('roi.byChannel')}>
        <Wait asked={channels}>{(data) => <FigureTable answer={data} metrics={returns} />}</Wait>
      </Panel>
      <NextSteps found={[...missing, ...steps]} />
    </Page>
  );
}

function Waterfall({ whole, costs }: { whole: Answer; costs: Answer }) {
  const { say, read, language } = useTexts();
  const { set } = useAddress();
  const nameOf = useRowName();
  const known = useKnown().data;
  const dark = themeStore.use() === 'dark';
  const values = whole.rows[0]?.values;
  const revenue = values?.revenue_net;
  const margin = values?.gross_margin;
  if (revenue?.value === null || revenue === undefined) return <Nothing>{read(revenue?.reason)}</Nothing>;
  const steps: (Step & { behind: Record<string, unknown> | null })[] = [{ name: read(known?.metric('revenue_net')?.text), amount: Number(revenue.value), total: true, behind: revenue.behind }];
  const hasMargin = margin !== undefined && margin.value !== null;
  if (hasMargin) steps.push({ name: say('roi.goods'), amount: Number(margin.value) - Number(revenue.value), total: false, behind: margin.behind });
  const ordered = [...costs.rows].sort((a, b) => Number(b.values.total_cost?.value ?? 0) - Number(a.values.total_cost?.value ?? 0));
  const borne = ordered.filter((row) => Number(row.values.total_cost?.value ?? 0) !== 0);
  for (const row of borne.slice(0, SHOWN_KINDS)) {
    const figure = row.values.total_cost;
    steps.push({ name: nameOf(row), amount: -Number(figure?.value), total: false, behind: figure?.behind ?? null });
  }
  const others = borne.slice(SHOWN_KINDS);
  const rest = others.reduce((sum, row) => sum + Number(row.values.total_cost?.value), 0);
  if (others.length > 0) steps.push({ name: say('roi.others', { count: others.length }), amount: -rest, total: false, behind: null });
  const remains = steps.reduce((sum, step) => sum + step.amount, 0);
  steps.push({ name: say('roi.result'), amount: remains, total: true, behind: null });
  const write = (value: number) => shown(value, 'money', whole.currency, language);
  return (
    <>
      <Suspense fallback={<div style={{ height: 340 }} />}>
        <Chart
          option={waterfallOption(steps, { dark, write })}
          height={340}
          label={say('chart.alt', { name: say('roi.waterfall') })}
          onPick={(index) => {
            const behind = steps[index]?.behind;
            if (behind) set({ behind: writeBehind(behind) });
          }}
        />
      </Suspense>
      {hasMargin ? null : <p className="hint">{say('roi.noGoods', { reason: read(margin?.reason) })}</p>}
    </>
  );
}
