import { Link } from '@tanstack/react-router';
import { Button, Drawer, Segmented, Table, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { type Metric, type OpenedFact, type Schemas, api, got } from '../api/client';
import { currencyStore } from '../api/currency';
import { type Address, useBehind, useKnown } from '../api/questions';
import { type Search, behindIn, sharedOf, useAddress, writeBehind } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { codeText, useTexts } from '../texts/language';
import { useWord } from './figure';
import { useFieldName, useRecordText } from './record';
import { ProblemNote, Wait } from './states';

/** The facts behind the figure the address names; closing it goes back to where one was. */
export function BehindDrawer() {
  const { search, set } = useAddress();
  const { say, read } = useTexts();
  const known = useKnown().data;
  const address = behindIn(search.behind);
  const metric = known?.metric(address?.metrics[0] ?? '');
  return (
    <Drawer
      open={address !== null}
      onClose={() => set({ behind: null })}
      size="min(960px, 100vw)"
      title={say('behind.title', { name: metric === undefined ? '' : read(metric.text) })}
      destroyOnHidden
      closable={{ 'aria-label': say('app.close') }}
    >
      {address === null ? null : <Facts address={address} />}
    </Drawer>
  );
}

function Facts({ address }: { address: Address }) {
  const { say, read, language } = useTexts();
  const { search, set } = useAddress();
  const known = useKnown().data;
  const opened = useBehind(address);
  const rights = useRights();
  const [failed, setFailed] = useState<Error | null>(null);
  const nameOf = useFieldName();
  const recordText = useRecordText();
  const wordOf = useWord();
  const currency = currencyStore.use();
  const metric = known?.metric(address.metrics[0] ?? '');
  const cell = Object.entries(address.cell ?? {}).map(([key, value]) => `${read(known?.dimensionText(key)) || key}: ${value === null ? say('row.unknown') : wordOf(String(value), key)}`);
  return (
    <>
      <p className="hint">{metric === undefined ? null : read(metric.meaning)}</p>
      {cell.length === 0 ? null : <p>{cell.join(' · ')}</p>}
      {metric?.denominator ? (
        <Segmented
          aria-label={say('behind.side')}
          value={address.side ?? 'numerator'}
          onChange={(side) => set({ behind: writeBehind({ ...address, side }) }, true)}
          options={[
            { value: 'numerator', label: sideLabel(say('behind.numerator'), metric.numerator === metric.key ? '' : read(known?.metric(metric.numerator ?? '')?.text)) },
            { value: 'denominator', label: sideLabel(say('behind.denominator'), metric.denominator === metric.key ? '' : read(known?.metric(metric.denominator)?.text)) },
          ]}
        />
      ) : null}
      {failed === null ? null : <ProblemNote error={failed} />}
      <Wait asked={opened} height={320}>
        {(data) => (
          <>
            <div className="panel-head">
              <p>
                <strong>{say('behind.count', { count: data.count, total: shown(data.total, unitOf(data.total, metric), currency, language) })}</strong>
                {data.facts.length < data.count ? ` · ${say('behind.first', { shown: data.facts.length })}` : ''}
              </p>
              {rights.has('export') ? <Button onClick={() => void fetchCsv(address).then(() => setFailed(null), setFailed)}>{say('behind.export')}</Button> : null}
            </div>
            <div ref={reachable}>
            <Table<OpenedFact>
              size="small"
              rowKey={(fact) => `${fact.base}-${fact.kind}-${fact.number}`}
              columns={columns(say, language, nameOf, recordText, sharedOf(search))}
              dataSource={data.facts}
              scroll={{ x: 'max-content' }}
              pagination={data.facts.length > 50 ? { pageSize: 50, showSizeChanger: false } : false}
            />
            </div>
          </>
        )}
      </Wait>
    </>
  );
}

/** What scrolls sideways is reached by keyboard, also where nothing in it can be pressed. */
function reachable(box: HTMLDivElement | null): void {
  box?.querySelector('.ant-table-content')?.setAttribute('tabindex', '0');
}

type Say = ReturnType<typeof useTexts>['say'];

function columns(say: Say, language: 'zh' | 'en', nameOf: (name: string) => string, recordText: ReturnType<typeof useRecordText>, shared: Search): TableColumnsType<OpenedFact> {
  return [
    { key: 'kind', title: say('behind.kind'), render: (_, fact) => kindText(say, fact.kind) },
    {
      key: 'key',
      title: say('behind.key'),
      render: (_, fact) =>
        fact.kind === 'call' ? (
          <Link to="/calls/$number" params={{ number: fact.number } as never} search={shared as never} aria-label={say('behind.openCall', { key: fact.key ?? fact.number })}>
            {fact.key ?? fact.number}
          </Link>
        ) : (
          fact.key
        ),
    },
    { key: 'at', title: nameOf('at'), render: (_, fact) => momentOf(fact, language) },
    { key: 'amount', title: say('behind.amount'), align: 'right', render: (_, fact) => fact.amount },
    { key: 'who', title: say('behind.who'), render: (_, fact) => Object.values(fact.people ?? {}).flat().join(' ') },
    { key: 'what', title: say('behind.what'), className: 'what', render: (_, fact) => recordText(fact.record ?? {}) },
  ];
}

/** What the facts of one side add up to: the service writes money as text and all that is counted as a number. */
export function unitOf(total: string | number | null, metric: Metric | undefined): Metric['unit'] {
  if (typeof total === 'string') return 'money';
  return metric?.unit === 'seconds' && metric.denominator === null ? 'seconds' : 'count';
}

function sideLabel(side: string, name: string): string {
  return name === '' ? side : `${side}: ${name}`;
}

export function kindText(say: Say, kind: string): string {
  return codeText(say, 'kind', kind);
}

const MOMENTS = ['dialed_at', 'ringing_at', 'at', 'created_at', 'started_at', 'service_from', 'booked_at', 'sent_at'];

export function momentOf(fact: { record?: Record<string, unknown> | null }, language: 'zh' | 'en'): string {
  const name = MOMENTS.find((field) => typeof fact.record?.[field] === 'string');
  const value = name === undefined ? undefined : String(fact.record?.[name]);
  if (value === undefined) return '';
  return value.length === 10 ? value : shownMoment(value, language);
}

/** Made by the service, which counts it as an export and writes it down. */
async function fetchCsv(address: Address): Promise<void> {
  const body = { ...address, limit: 1 } as Schemas['BehindBody'];
  const blob = (await got(api.POST('/api/v1/behind/csv', { body, parseAs: 'blob' }))) as unknown as Blob;
  download(`${address.metrics[0]}.csv`, blob);
}

export function download(name: string, content: Blob | string): void {
  const blob = typeof content === 'string' ? new Blob([content], { type: 'text/csv;charset=utf-8' }) : content;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
