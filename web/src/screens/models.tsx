import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Checkbox, Select, Slider, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown } from '../app/format';
import { MODELS, type Numbers, type Stages, USUAL, modelName, mostDisputed, sharesOf, writtenModel } from '../parts/models';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { StepSelect, stepIn, useStepName } from '../parts/steps';
import { useTexts } from '../texts/language';

type Found = Schemas['ModelsSideBySide'];

/** Models of attribution beside each other, with their free numbers as sliders. */
export default function ModelsScreen() {
  const { say } = useTexts();
  const { search, period, set } = useAddress();
  const by = stepIn(search.by);
  const chosen = (search.models ?? '').split(',').filter((name) => (MODELS as readonly string[]).includes(name));
  const models = chosen.length === 0 ? USUAL : chosen;
  const sure = search.sure === 'yes';
  const lookback = within(search.lookback, 1, 365, 90);
  const numbers: Numbers = { half: within(search.half, 1, 60, 7), first: within(search.first, 0, 100, 40), last: within(search.last, 0, 100, 40), order: within(search.order, 1, 3, 1), stages: stagesIn(search) };
  const last = Math.min(numbers.last, 100 - numbers.first);
  const fair = { ...numbers, last: numbers.first === 0 && last === 0 ? 1 : last };
  const written = models.map((model) => writtenModel(model, fair));
  const asked = useQuery({
    queryKey: ['models', search.workspace, period.from, period.to, by, written, lookback, sure],
    queryFn: () => got(api.GET('/api/v1/journeys/models', { params: { query: { model: written, by, from: period.from, to: period.to, lookback_days: lookback, intervals: sure } } })),
    placeholderData: keepPreviousData,
  });
  return (
    <Page
      title={say('models.title')}
      hint={say('models.hint')}
      controls="period"
      extra={
        <>
          <StepSelect value={by} onChange={(name) => set({ by: name === 'channel' ? null : name })} />
          <Select mode="multiple" aria-label={say('models.choose')} style={{ minWidth: 200 }} maxTagCount="responsive" value={models} onChange={(names: string[]) => set({ models: names.join(',') || null })} options={MODELS.map((name) => ({ value: name, label: say(`models.${name}`) }))} popupMatchSelectWidth={false} />
          <Select aria-label={say('models.show')} value={search.show === 'sales' ? 'sales' : 'money'} onChange={(name) => set({ show: name === 'money' ? null : name })} options={(['money', 'sales'] as const).map((name) => ({ value: name, label: say(`models.${name}`) }))} popupMatchSelectWidth={false} />
          <Select aria-label={say('models.order')} value={fair.order} onChange={(order: number) => set({ order: order === 1 ? null : String(order) })} options={[1, 2, 3].map((order) => ({ value: order, label: say('models.orderOf', { order }) }))} popupMatchSelectWidth={false} />
          <Checkbox checked={sure} onChange={(event) => set({ sure: event.target.checked ? 'yes' : null })}>{say('models.sure')}</Checkbox>
        </>
      }
    >
      <Panel>
        <div className="halves">
          <Free label={say('models.lookback', { days: lookback })} value={lookback} min={1} max={365} onDone={(value) => set({ lookback: String(value) })} />
          {models.includes('time-decay') ? <Free label={say('models.half', { days: fair.half })} value={fair.half} min={1} max={60} onDone={(value) => set({ half: String(value) })} /> : null}
          {models.includes('position') ? (
            <Free label={say('models.ends', { first: fair.first, last: fair.last })} value={[fair.first, 100 - fair.last]} min={0} max={100} onDone={([first, end]) => set({ first: String(first), last: String(100 - end) })} />
          ) : null}
          {models.includes('stages') ? <Funnel stages={fair.stages} onDone={(changed) => set(changed)} /> : null}
        </div>
      </Panel>
      <Wait asked={asked} height={400}>{(found) => <Panel>{found.rows.length === 0 ? <Nothing /> : <Beside found={found} money={search.show !== 'sales'} />}</Panel>}</Wait>
      <Off by={by} lookback={lookback} order={fair.order} />
    </Page>
  );
}

const ENDS: Stages['ends'] = [30, 60, 90];

/** The shares by stage of the funnel as the address has them. */
function stagesIn(search: Record<string, string | undefined>): Stages {
  const written = (search.stages ?? '').split('-').map(Number);
  const right = written.length === 3 && written.every((end, at) => Number.isInteger(end) && end >= (written[at - 1] ?? 0) && end <= 100);
  return { ends: right ? (written as Stages['ends']) : ENDS, lead: within(search.leadhalf, 0, 60, 0), won: within(search.wonhalf, 0, 60, 0) };
}

/** Weights by stage of the funnel, each stage with its own decay. */
function Funnel({ stages, onDone }: { stages: Stages; onDone: (changed: Record<string, string | null>) => void }) {
  const { say } = useTexts();
  const [first, lead, won, rest] = sharesOf(stages);
  const half = (key: 'models.leadHalf' | 'models.wonHalf', days: number) => (days === 0 ? say(`${key}None`) : say(key, { days }));
  return (
    <>
      <Free label={say('models.shares', { first, lead, won, rest })} value={stages.ends} min={0} max={100} onDone={(ends) => onDone({ stages: ends.join('-') })} />
      <Free label={half('models.leadHalf', stages.lead)} value={stages.lead} min={0} max={60} onDone={(days) => onDone({ leadhalf: days === 0 ? null : String(days) })} />
      <Free label={half('models.wonHalf', stages.won)} value={stages.won} min={0} max={60} onDone={(days) => onDone({ wonhalf: days === 0 ? null : String(days) })} />
    </>
  );
}

/** Sales lost if a step were off, as observed. */
function Off({ by, lookback, order }: { by: string; lookback: number; order: number }) {
  const { say, language } = useTexts();
  const { search, period } = useAddress();
  const nameOf = useStepName();
  const asked = useQuery({
    queryKey: ['removal', search.workspace, period.from, period.to, by, lookback, order],
    queryFn: () => got(api.GET('/api/v1/journeys/removal', { params: { query: { by, from: period.from, to: period.to, lookback_days: lookback, order } } })),
    placeholderData: keepPreviousData,
  });
  return (
    <Wait asked={asked} height={200}>
      {(found) => (
        <Panel title={say('models.off')} hint={`${found.note[language]} · ${say('models.leftOut', { sold: found.sold, gone: found.gone, count: found.left_out })}`}>
          {found.rows.length === 0 ? (
            <Nothing />
          ) : (
            <Table
              size="small"
              rowKey="step"
              dataSource={found.rows}
              scroll={{ x: 'max-content' }}
              pagination={{ pageSize: 20, showSizeChanger: false, hideOnSinglePage: true }}
              columns={[
                { key: 'step', title: say('models.step'), className: 'row-name', render: (_, row) => nameOf(row.step) },
                { key: 'sales', title: say('models.lost'), align: 'right', render: (_, row) => row.sales.toFixed(1) },
                { key: 'share', title: say('models.lostShare'), align: 'right', render: (_, row) => `${(row.share * 100).toFixed(1)}%` },
              ]}
            />
          )}
        </Panel>
      )}
    </Wait>
  );
}

type Value = number | [number, number] | [number, number, number];

/** A slider that asks only when it is let go. */
function Free<T extends Value>({ label, value, min, max, onDone }: { label: string; value: T; min: number; max: number; onDone: (value: T) => void }) {
  const [moved, setMoved] = useState<T | null>(null);
  const done = (next: T) => {
    setMoved(null);
    onDone(next);
  };
  const shared = { min, max };
  return (
    <div role="group" aria-label={label}>
      <span>{label}</span>
      {typeof value === 'number' ? (
        <Slider {...shared} ariaLabelForHandle={label} value={(moved ?? value) as number} onChange={(next: number) => setMoved(next as T)} onChangeComplete={(next: number) => done(next as T)} />
      ) : (
        <Slider range {...shared} ariaLabelForHandle={value.map(() => label)} value={(moved ?? value) as number[]} onChange={(next: number[]) => setMoved(next as unknown as T)} onChangeComplete={(next: number[]) => done(next as unknown as T)} />
      )}
    </div>
  );
}

function Beside({ found, money }: { found: Found; money: boolean }) {
  const { say, language } = useTexts();
  const name = useStepName();
  const write = (value: string | undefined) => shown(value ?? null, 'money', found.currency, language);
  const sales = (value: string | undefined) => Number(value ?? 0).toFixed(2);
  const ends = (sure: Schemas['CreditSure'] | null) => {
    const pair = money ? sure?.value : sure?.conversions;
    if (pair == null) return sure?.reason == null ? '' : sure.reason[language];
    return pair.map((end) => (money ? write(end) : sales(end))).join(' – ');
  };
  const disputed = mostDisputed(found.rows);
  const row = disputed === null ? undefined : found.rows[disputed.row];
  return (
    <>
      <p className="hint">
        {disputed === null || row === undefined
          ? say('models.agree')
          : say('models.differ', {
              step: name(row.step),
              low: modelName(say, found.models[disputed.low] ?? ''),
              lowValue: write(row.value[disputed.low]),
              high: modelName(say, found.models[disputed.high] ?? ''),
              highValue: write(row.value[disputed.high]),
            })}
      </p>
      {found.interval_method == null ? null : <p className="hint">{found.interval_method[language]}</p>}
      <Table
        size="small"
        rowKey={(one) => one.step ?? ''}
        dataSource={found.rows}
        scroll={{ x: 'max-content' }}
        pagination={{ pageSize: 50, showSizeChanger: false, hideOnSinglePage: true }}
        columns={[
          { key: 'step', title: say('ways.by'), className: 'row-name', render: (_, one) => name(one.step) },
          ...found.models.map((model, place) => ({
            key: model,
            title: modelName(say, model),
            align: 'right' as const,
            render: (_: unknown, one: Found['rows'][number]) => (
              <>
                {money ? write(one.value[place]) : sales(one.conversions[place])}
                {one.sure == null ? null : <div className="hint">{ends(one.sure[place] ?? null)}</div>}
              </>
            ),
          })),
          { key: 'assisted', title: say('models.assisted'), align: 'right' as const, dataIndex: 'assisted' },
          { key: 'closed', title: say('models.closed'), align: 'right' as const, dataIndex: 'last' },
        ]}
      />
    </>
  );
}

function within(text: string | undefined, least: number, most: number, usual: number): number {
  const value = Number(text ?? '');
  return text !== undefined && Number.isInteger(value) && value >= least && value <= most ? value : usual;
}
