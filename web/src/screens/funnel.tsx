import { Table } from 'antd';
import type { Answer, Metric } from '../api/client';
import { useAsk, useKnown } from '../api/questions';
import { useAddress } from '../app/address';
import { type FunnelStep, bottleneckOf, keptOf } from '../charts/funnel';
import { FigureLink } from '../parts/figure';
import { FigureTable } from '../parts/figure-table';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { shown } from '../app/format';
import { useTexts } from '../texts/language';

// In each line every step is a part of the one before.
const OUT = ['dials', 'answered', 'human_answered', 'connected', 'conversations'];
const IN = ['inbound_calls', 'inbound_answered', 'target_calls', 'unique_target_calls'];
const LEADS = ['leads', 'qualified_leads', 'won_deals'];
const STAGES = ['funnel_stage', 'funnel_stage_days'];

export default function Funnel() {
  const { say } = useTexts();
  const { question, compared } = useAddress();
  const answer = useAsk(question([...OUT, ...IN, ...LEADS]));
  const stages = useAsk(compared(STAGES, ['stage']));
  return (
    <Page title={say('funnel.title')} hint={say('funnel.hint')}>
      <Wait asked={answer} height={420}>
        {(data) => (
          <div className="halves">
            <Steps answer={data} metrics={OUT} title={say('funnel.out')} />
            <Steps answer={data} metrics={IN} title={say('funnel.in')} />
            <Steps answer={data} metrics={LEADS} title={say('funnel.leads')} />
          </div>
        )}
      </Wait>
      <Panel title={say('funnel.stages')}>
        <Wait asked={stages}>{(data) => (data.rows.length === 0 ? <Nothing /> : <FigureTable answer={data} metrics={STAGES} />)}</Wait>
      </Panel>
    </Page>
  );
}

function Steps({ answer, metrics, title }: { answer: Answer; metrics: string[]; title: string }) {
  const { say, read, language } = useTexts();
  const known = useKnown().data;
  const values = answer.rows[0]?.values ?? {};
  const steps: FunnelStep[] = metrics.map((key) => ({ key, count: values[key]?.value === null || values[key] === undefined ? null : Number(values[key].value) }));
  const most = Math.max(1, ...steps.map((step) => step.count ?? 0));
  const worst = bottleneckOf(steps);
  const rows = steps.map((step, place) => ({ ...step, kept: keptOf(steps, place), metric: known?.metric(step.key) as Metric }));
  const share = (value: number | null) => shown(value, 'share', answer.currency, language);
  const worstRow = rows.find((row) => row.key === worst);
  return (
    <Panel title={title}>
      <Table
        size="small"
        rowKey="key"
        pagination={false}
        dataSource={rows.filter((row) => row.metric !== undefined)}
        scroll={{ x: 'max-content' }}
        columns={[
          { key: 'step', title: say('funnel.step'), render: (_, row) => <>{read(row.metric.text)} {row.key === worst ? <strong className="mark">{say('funnel.bottleneck')}</strong> : null}</> },
          {
            key: 'count',
            title: say('funnel.count'),
            render: (_, row) => (
              <span className="funnel-bar">
                <i aria-hidden="true" style={{ width: `${((row.count ?? 0) / most) * 100}%` }} />
                <FigureLink figure={values[row.key]} metric={row.metric} currency={answer.currency} />
              </span>
            ),
          },
          { key: 'kept', title: say('funnel.kept'), align: 'right', render: (_, row) => share(row.kept) },
        ]}
      />
      {worstRow === undefined ? null : <p className="hint">{say('funnel.advice', { name: read(worstRow.metric.text), share: share(worstRow.kept) })}</p>}
    </Panel>
  );
}
