import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Select, Table } from 'antd';
import { type Schemas, api, got } from '../api/client';
import { sharedOf, useAddress } from '../app/address';
import { shown } from '../app/format';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { LOOKBACKS, StepSelect, stepIn, useStepName } from '../parts/steps';
import { useTexts } from '../texts/language';

type Ways = Schemas['WaysToASale'];
const ORDERS = ['conversions', 'value', 'length', 'days'] as const;

/** Sequences and groups of touches before sales, and what precedes direct visits. */
export default function WaysScreen() {
  const { say } = useTexts();
  const { search, period, set } = useAddress();
  const by = stepIn(search.by);
  const shape = search.shape === 'group' ? 'group' : 'path';
  const order = ORDERS.find((name) => name === search.order) ?? 'conversions';
  const lookback = LOOKBACKS.find((days) => String(days) === search.lookback) ?? 90;
  const asked = useQuery({
    queryKey: ['ways', search.workspace, period.from, period.to, by, shape, order, lookback],
    queryFn: () => got(api.GET('/api/v1/journeys/sequences', { params: { query: { by, shape, order, from: period.from, to: period.to, lookback_days: lookback } } })),
  });
  return (
    <Page
      title={say('ways.title')}
      hint={say('ways.hint')}
      controls="period"
      extra={
        <>
          <StepSelect value={by} onChange={(name) => set({ by: name === 'channel' ? null : name })} />
          <Select aria-label={say('ways.shape')} value={shape} onChange={(name) => set({ shape: name === 'path' ? null : name })} options={(['path', 'group'] as const).map((name) => ({ value: name, label: say(`ways.${name}`) }))} popupMatchSelectWidth={false} />
          <Select aria-label={say('ways.order')} value={order} onChange={(name) => set({ order: name === 'conversions' ? null : name })} options={ORDERS.map((name) => ({ value: name, label: say(`ways.${name}`) }))} popupMatchSelectWidth={false} />
          <Select aria-label={say('ways.lookback')} value={lookback} onChange={(days) => set({ lookback: days === 90 ? null : String(days) })} options={LOOKBACKS.map((days) => ({ value: days, label: say('models.lookback', { days }) }))} popupMatchSelectWidth={false} />
        </>
      }
    >
      <Wait asked={asked} height={400}>
        {(found) => (
          <>
            <Panel>{found.rows.length === 0 ? <Nothing /> : <WayTable found={found} arrow={shape === 'path' ? ' → ' : ' + '} />}</Panel>
            {found.before_direct.length === 0 ? null : <Direct rows={found.before_direct} />}
          </>
        )}
      </Wait>
    </Page>
  );
}

function WayTable({ found, arrow }: { found: Ways; arrow: string }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const nameOf = useStepName();
  const write = (steps: Ways['rows'][number]['steps']) => steps.map((step) => nameOf(step)).join(arrow);
  const most = found.rows.reduce((best, row) => (row.conversions > best.conversions ? row : best));
  return (
    <>
      <p className="hint">
        {say('ways.advice', { way: write(most.steps), count: most.conversions })}{' '}
        <Link to={'/models' as never} search={sharedOf(search) as never}>{say('ways.compare')}</Link>
      </p>
      <Table
        size="small"
        rowKey={(row) => JSON.stringify(row.steps)}
        dataSource={found.rows}
        scroll={{ x: 'max-content' }}
        pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
        columns={[
          { key: 'way', title: say('ways.way'), className: 'row-name', render: (_, row) => write(row.steps) },
          { key: 'conversions', title: say('ways.conversions'), align: 'right', render: (_, row) => shown(row.conversions, 'count', found.currency, language) },
          { key: 'value', title: say('ways.value'), align: 'right', render: (_, row) => shown(row.value, 'money', found.currency, language) },
          { key: 'length', title: say('ways.length'), align: 'right', render: (_, row) => row.length.toFixed(1) },
          { key: 'days', title: say('ways.days'), align: 'right', render: (_, row) => row.days.toFixed(1) },
        ]}
      />
    </>
  );
}

function Direct({ rows }: { rows: Ways['before_direct'] }) {
  const { say } = useTexts();
  const nameOf = useStepName();
  return (
    <Panel title={say('ways.direct')} hint={say('ways.directHint')}>
      <Table
        size="small"
        rowKey={(row) => row.step ?? ''}
        dataSource={rows}
        pagination={false}
        scroll={{ x: 'max-content' }}
        columns={[
          { key: 'step', title: say('ways.before'), className: 'row-name', render: (_, row) => (row.step === null ? say('ways.nothing') : nameOf(row.step)) },
          { key: 'visits', title: say('ways.visits'), align: 'right', dataIndex: 'visits' },
          { key: 'conversions', title: say('ways.conversions'), align: 'right', dataIndex: 'conversions' },
        ]}
      />
    </Panel>
  );
}
