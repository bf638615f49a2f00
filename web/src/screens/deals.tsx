import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, DatePicker, Drawer, Form, Input, InputNumber, Select, Switch, Table, Tag } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { sharedOf, useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { localToday } from '../app/period';
import { useRights } from '../app/session';
import { Page, Panel } from '../parts/page';
import { word } from '../parts/figure';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { Why } from '../parts/why';
import { useTexts } from '../texts/language';

type Deal = Schemas['DealBody'];
type List = Schemas['DealList'];
const STATES = ['open', 'won', 'part_returned', 'returned', 'cancelled', 'lost'] as const;
const COLOURS: Partial<Record<Deal['status'], string>> = { part_returned: 'orange', returned: 'red', cancelled: 'red' };
const PAGE = 50;

export default function Deals() {
  const { say } = useTexts();
  const { search, period, filters, set } = useAddress();
  const client = useQueryClient();
  const mayWrite = useRights().has('facts.write');
  const [entering, setEntering] = useState<Deal | null>(null);
  const [asking, setAsking] = useState<Deal | null>(null);
  const [done, setDone] = useState<number | null>(null);
  const status = (search.status ?? '').split(',').filter((name): name is Deal['status'] => (STATES as readonly string[]).includes(name));
  const where = Object.entries(filters).flatMap(([name, values]) => values.map((value) => `${name}=${value ?? ''}`));
  const asked = useInfiniteQuery({
    queryKey: ['deals', search.workspace, period.from, period.to, where, status],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      got(api.GET('/api/v1/deals', { params: { query: { where, from: period.from, to: period.to, status, next: pageParam, limit: PAGE } } })) as Promise<List>,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const first = asked.data?.pages[0];
  const entered = async (batch: number) => {
    setEntering(null);
    setDone(batch);
    // A return moves nearly every figure there is.
    await client.invalidateQueries();
  };
  return (
    <Page
      title={say('deals.title')}
      hint={say('deals.hint')}
      controls="period"
      extra={
        <Select
          mode="multiple"
          aria-label={say('deals.status')}
          placeholder={say('deals.status')}
          style={{ minWidth: 160 }}
          value={status}
          onChange={(names: string[]) => set({ status: names.join(',') || null })}
          options={STATES.map((name) => ({ value: name, label: say(`deals.${name}`) }))}
          popupMatchSelectWidth={false}
        />
      }
    >
      {done === null ? null : <Alert type="success" showIcon closable role="status" title={say('deals.entered')} description={<Undo batch={done} onDone={() => setDone(null)} />} />}
      <Wait asked={{ ...asked, data: first }} height={400}>
        {(page) => (
          <>
            <Panel title={say('deals.count', { count: page.count ?? 0 })}>
              {page.deals.length === 0 ? <Nothing /> : <DealTable deals={asked.data?.pages.flatMap((one) => one.deals) ?? []} currency={page.currency} onWhy={setAsking} onReturn={mayWrite ? setEntering : null} />}
              {asked.hasNextPage ? <Button onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>{say('records.more')}</Button> : null}
            </Panel>
            {page.reasons.length === 0 ? null : <Reasons reasons={page.reasons} currency={page.currency} />}
          </>
        )}
      </Wait>
      <Drawer open={entering !== null} onClose={() => setEntering(null)} title={say('deals.return', { deal: entering?.deal ?? '' })} size="min(480px, 100vw)" destroyOnHidden closable={{ 'aria-label': say('app.close') }}>
        {entering === null ? null : <ReturnForm deal={entering} currency={first?.currency ?? entering.currency} onDone={(batch) => void entered(batch)} />}
      </Drawer>
      <Drawer open={asking !== null} onClose={() => setAsking(null)} title={say('credited.title', { deal: asking?.deal ?? '' })} size="min(1100px, 100vw)" destroyOnHidden closable={{ 'aria-label': say('app.close') }}>
        {asking === null ? null : <Why deal={asking.number} />}
      </Drawer>
    </Page>
  );
}

function DealTable({ deals, currency, onWhy, onReturn }: { deals: Deal[]; currency: string; onWhy: (deal: Deal) => void; onReturn: ((deal: Deal) => void) | null }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const money = (value: string | null) => shown(value, 'money', currency, language);
  const shared = sharedOf(search) as never;
  return (
    <Table<Deal>
      size="small"
      rowKey="number"
      dataSource={deals}
      pagination={false}
      scroll={{ x: 'max-content' }}
      expandable={{
        rowExpandable: (deal) => deal.backs.length > 0,
        expandedRowRender: (deal) => (
          <ul className="backs">
            {deal.backs.map((back, place) => (
              <li key={`${back.day}-${place}`}>{back.day} · {word(say, back.kind)} · {money(back.value)} · {back.reason ?? say('deals.noReason')}</li>
            ))}
          </ul>
        ),
        columnTitle: <span className="away">{say('deals.backs')}</span>,
        expandIcon: ({ expanded, onExpand, record, expandable }) =>
          expandable ? (
            <button type="button" className="opener" aria-expanded={expanded} aria-label={`${say('deals.backs')} ${record.deal ?? record.number}`} onClick={(event) => onExpand(record, event)}>
              {expanded ? '▾' : '▸'}
            </button>
          ) : null,
      }}
      columns={[
        {
          key: 'deal',
          title: say('kind.deal'),
          className: 'row-name',
          render: (_, deal) => (deal.contact_id ? <Link to="/customers/$number" params={{ number: String(deal.contact_id) } as never} search={shared}>{deal.deal ?? deal.number}</Link> : (deal.deal ?? deal.number)),
        },
        { key: 'day', title: say('deals.day'), render: (_, deal) => deal.day ?? '' },
        { key: 'status', title: say('deals.status'), render: (_, deal) => <Tag color={COLOURS[deal.status]}>{say(`deals.${deal.status}`)}</Tag> },
        { key: 'products', title: say('field.product'), className: 'what', render: (_, deal) => deal.products.join('、') },
        { key: 'value', title: say('field.value'), align: 'right', render: (_, deal) => money(deal.value) },
        { key: 'back', title: say('deals.givenBack'), align: 'right', render: (_, deal) => (Number(deal.given_back ?? 0) === 0 ? '' : <strong className="bad">{money(deal.given_back)}</strong>) },
        { key: 'left', title: say('deals.left'), align: 'right', render: (_, deal) => money(deal.left) },
        { key: 'agent', title: say('field.agent'), render: (_, deal) => deal.agent ?? '' },
        { key: 'channel', title: say('field.channel'), render: (_, deal) => (deal.channel === null ? '' : word(say, deal.channel, 'channel')) },
        { key: 'call', title: say('field.origin_call'), render: (_, deal) => (deal.origin_fact_id ? <Link to="/calls/$number" params={{ number: String(deal.origin_fact_id) } as never} search={shared} aria-label={`${say('next.open')}: ${say('calls.open', { key: deal.origin_fact_id })}`}>{say('next.open')}</Link> : say('row.unknown')) },
        { key: 'why', title: say('credited.open'), render: (_, deal) => (deal.day === null ? '' : <Button size="small" aria-label={`${say('credited.open')}: ${deal.deal ?? deal.number}`} onClick={() => onWhy(deal)}>{say('credited.open')}</Button>) },
        ...(onReturn === null
          ? []
          : [{
              key: 'do',
              title: say('exports.do'),
              render: (_: unknown, deal: Deal) =>
                Number(deal.left ?? 0) > 0 && deal.deal !== null ? (
                  <Button size="small" aria-label={`${say('deals.enter')}: ${deal.deal}`} onClick={() => onReturn(deal)}>{say('deals.enter')}</Button>
                ) : null,
            }]),
      ]}
    />
  );
}

function Reasons({ reasons, currency }: { reasons: List['reasons']; currency: string }) {
  const { say, language } = useTexts();
  return (
    <Panel title={say('deals.reasons')} hint={say('deals.reasonsHint')}>
      <Table
        size="small"
        rowKey={(one) => `${one.kind}-${one.reason}`}
        dataSource={reasons}
        pagination={false}
        scroll={{ x: 'max-content' }}
        columns={[
          { key: 'kind', title: say('field.kind'), render: (_, one) => word(say, one.kind) },
          { key: 'reason', title: say('field.reason'), className: 'row-name', render: (_, one) => one.reason ?? say('deals.noReason') },
          { key: 'deals', title: say('field.deals'), align: 'right', dataIndex: 'deals' },
          { key: 'value', title: say('deals.givenBack'), align: 'right', render: (_, one) => shown(one.value, 'money', currency, language) },
        ]}
      />
    </Panel>
  );
}

interface Typed {
  kind: Schemas['NewReturn']['kind'];
  day: dayjs.Dayjs;
  amount?: number | null;
  reason?: string;
  handling_cost?: number | null;
  goods_lost?: boolean;
}

// What is left is told in the workspace's currency, what comes back is typed in the deal's own.
function ReturnForm({ deal, currency, onDone }: { deal: Deal; currency: string; onDone: (batch: number) => void }) {
  const { say, language } = useTexts();
  // Made once for this form: pressed twice, or sent again after a lost answer, the return counts once.
  const [key] = useState(() => `return-${crypto.randomUUID()}`);
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [form] = Form.useForm<Typed>();
  const kind = Form.useWatch('kind', form) ?? 'part_returned';
  const send = async (typed: Typed) => {
    setBusy(true);
    try {
      const body: Schemas['NewReturn'] = {
        key,
        deal: deal.deal ?? '',
        kind: typed.kind,
        day: typed.day.format('YYYY-MM-DD'),
        amount: typed.kind === 'cancelled' ? null : (typed.amount ?? null),
        reason: typed.reason ?? '',
        handling_cost: typed.handling_cost ?? null,
        goods_lost: typed.goods_lost ?? false,
      };
      onDone((await got(api.POST('/api/v1/returns', { body }))).batch);
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, message: say('enter.required') }];
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency: deal.currency }).resolvedOptions().maximumFractionDigits ?? 2;
  const typed = { min: 10 ** -digits, precision: digits, style: { width: '100%' }, suffix: deal.currency };
  return (
    <Form<Typed> form={form} layout="vertical" requiredMark={false} initialValues={{ kind: 'part_returned', day: dayjs(localToday()) }} onFinish={(typed) => void send(typed)}>
      {error === null ? null : <ProblemNote error={error} />}
      <p className="hint">{say('deals.leftHint', { left: shown(deal.left, 'money', currency, language), day: deal.day ?? '', won: deal.at === null ? '' : shownMoment(deal.at, language) })}</p>
      <Form.Item name="kind" label={say('field.kind')}>
        <Select options={(['part_returned', 'returned', 'cancelled'] as const).map((name) => ({ value: name, label: say(`deals.as_${name}`) }))} />
      </Form.Item>
      <Form.Item name="day" label={say('deals.backDay')} rules={required}><DatePicker allowClear={false} style={{ width: '100%' }} /></Form.Item>
      {kind === 'cancelled' ? null : (
        <Form.Item name="amount" label={say('deals.amount')} extra={kind === 'returned' ? say('deals.amountHint') : undefined} rules={kind === 'part_returned' ? required : []}>
          <InputNumber {...typed} max={deal.currency === currency && deal.left !== null ? Number(deal.left) : undefined} />
        </Form.Item>
      )}
      <Form.Item name="reason" label={say('field.reason')} rules={required}><Input maxLength={200} /></Form.Item>
      <Form.Item name="handling_cost" label={say('deals.handling')}><InputNumber {...typed} /></Form.Item>
      <Form.Item name="goods_lost" label={say('deals.goodsLost')} valuePropName="checked"><Switch /></Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>{say('deals.record')}</Button>
    </Form>
  );
}

function Undo({ batch, onDone }: { batch: number; onDone: () => void }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const undo = async () => {
    try {
      await got(api.POST('/api/v1/batches/{batch}/undo', { params: { path: { batch } } }));
      onDone();
      await client.invalidateQueries();
    } catch (problem) {
      setError(problem as Error);
    }
  };
  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      <Button size="small" onClick={() => void undo()}>{say('deals.undo')}</Button>
    </>
  );
}
