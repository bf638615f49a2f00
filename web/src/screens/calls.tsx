import { Link } from '@tanstack/react-router';
import { Alert, Button, Input, Select, Table, type TableColumnsType } from 'antd';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import type { TableRowSelection } from 'antd/es/table/interface';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { sharedOf, useAddress, writeFilters } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { word } from '../parts/figure';
import { Page, Panel } from '../parts/page';
import { useFieldName } from '../parts/record';
import { useRights } from '../app/session';
import { Nothing, ProblemNote, Wait } from '../parts/states';
import { Exclude, JunkReason } from '../parts/tag-call';
import { useTexts } from '../texts/language';

type LoggedCall = Schemas['LoggedCall'];
const PAGE = 100;
const COLUMNS = ['status', 'result', 'call_class', 'talk_seconds', 'agent', 'queue', 'channel', 'campaign', 'keyword', 'list', 'script_version', 'own_number', 'region', 'disposition', 'classed_by', 'junk_reason', 'excluded_by', 'call_number', 'call_number_in_cycle', 'first_channel', 'first_campaign', 'cycle_channel', 'cycle_campaign', 'traffic', 'is_unique', 'is_unique_target', 'is_repeat'];
const USUAL = ['status', 'talk_seconds', 'agent', 'channel', 'campaign', 'own_number'];

export default function Calls() {
  const { say, language } = useTexts();
  const { search, period, set, filters } = useAddress();
  const nameOf = useFieldName();
  const columns = search.columns === undefined ? USUAL : search.columns.split(',').filter((name) => COLUMNS.includes(name));
  const query = {
    where: Object.entries(filters).flatMap(([name, values]) => values.map((value) => `${name}=${value ?? ''}`)),
    from: period.from ?? undefined,
    to: period.to ?? undefined,
    phone: search.phone || undefined,
    not_called_back: search.waiting === '1' || undefined,
    limit: PAGE,
  };
  const asked = useInfiniteQuery({
    queryKey: ['calls', search.workspace, query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => got(api.GET('/api/v1/calls', { params: { query: { ...query, next: pageParam } } })),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  const direction = filters.direction?.[0] ?? '';
  const mayTag = useRights().has('facts.write');
  const [chosen, setChosen] = useState<number[]>([]);
  const selection: TableRowSelection<LoggedCall> = {
    selectedRowKeys: chosen,
    onChange: (keys) => setChosen(keys.map(Number)),
    // The library draws its own box for all a second time where nobody sees it, but the keyboard reaches it.
    columnTitle: <span className="away">{say('calls.tag')}</span>,
    getCheckboxProps: (call) => ({ 'aria-label': say('calls.choose', { key: shownMoment(call.started_at, language) }) }) as object,
  };
  return (
    <Page
      title={say('calls.title')}
      hint={say('calls.hint')}
      controls="period"
      extra={
        <>
          <Select
            aria-label={nameOf('direction')}
            value={direction}
            onChange={(value) => set({ where: writeFilters(withDirection(filters, value)) })}
            options={[{ value: '', label: say('calls.both') }, { value: 'in', label: say('word.in') }, { value: 'out', label: say('word.out') }]}
            popupMatchSelectWidth={false}
          />
          <Input.Search aria-label={say('calls.phone')} placeholder={say('calls.phone')} defaultValue={search.phone} onSearch={(phone) => set({ phone })} style={{ width: 180 }} />
          <Select
            aria-label={say('records.columns')}
            mode="multiple"
            maxTagCount={0}
            maxTagPlaceholder={say('records.columns')}
            value={columns}
            onChange={(chosen: string[]) => set({ columns: COLUMNS.filter((name) => chosen.includes(name)).join(',') })}
            options={COLUMNS.map((name) => ({ value: name, label: nameOf(name) }))}
            popupMatchSelectWidth={false}
            style={{ minWidth: 90 }}
          />
        </>
      }
    >
      {search.waiting === '1' ? <Alert type="info" showIcon closable={{ onClose: () => set({ waiting: null }), 'aria-label': say('calls.allAgain') }} title={say('calls.waiting')} /> : null}
      <Panel>
        <Wait asked={asked} height={500}>
          {(data) => {
            const calls = data.pages.flatMap((page) => page.calls);
            if (calls.length === 0) return <Nothing />;
            return (
              <>
                <p>{say('calls.count', { shown: calls.length, count: data.pages[0]?.count ?? 0 })}</p>
                {mayTag ? <Tagging chosen={chosen} onDone={() => setChosen([])} onAll={() => setChosen(calls.map((call) => call.fact_id))} /> : null}
                <Table<LoggedCall> rowSelection={mayTag ? selection : undefined} size="small" rowKey="fact_id" virtual={calls.length > 300} scroll={{ x: 1100, y: calls.length > 300 ? 600 : undefined }} pagination={false} columns={tableColumns(columns, nameOf, say, language, search)} dataSource={calls} />
                {asked.hasNextPage ? <Button loading={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>{say('records.more')}</Button> : null}
              </>
            );
          }}
        </Wait>
      </Panel>
    </Page>
  );
}

/** The service takes so many in one request. */
const MOST_TAGGED = 1_000;
const TAGS = ['target', 'grey', 'junk'] as const;

/** One word for all chosen calls: a person's word counts before what programs and seconds say. */
function Tagging({ chosen, onDone, onAll }: { chosen: number[]; onDone: () => void; onAll: () => void }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState<string | undefined>();
  const tooMany = chosen.length > MOST_TAGGED;
  const tag = async (call_class: (typeof TAGS)[number] | null, excluded?: string) => {
    setError(null);
    setBusy(true);
    try {
      await got(api.POST('/api/v1/calls/tags', { body: { calls: chosen, call_class, ...(call_class === 'junk' && reason ? { junk_reason: reason } : {}), ...(excluded ? { excluded } : {}) } }));
      onDone();
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
      await client.invalidateQueries();
    }
  };
  return (
    <div className="bar" role="group" aria-label={say('calls.tag')}>
      {error === null ? null : <ProblemNote error={error} />}
      <Button size="small" disabled={busy} onClick={onAll}>{say('calls.chooseAll')}</Button>
      <span role="status">{say(busy ? 'calls.tagging' : tooMany ? 'calls.tooMany' : 'calls.chosen', { count: chosen.length, most: MOST_TAGGED })}</span>
      {TAGS.map((name) => (
        <Button key={name} size="small" disabled={chosen.length === 0 || busy || tooMany} onClick={() => void tag(name)}>{say(`word.${name}`)}</Button>
      ))}
      <JunkReason value={reason} onChange={setReason} />
      <Button size="small" disabled={chosen.length === 0 || busy || tooMany} onClick={() => void tag(null)}>{say('calls.untag')}</Button>
      <Exclude disabled={chosen.length === 0 || busy || tooMany} onExclude={(why) => void tag(null, why)} />
    </div>
  );
}

type Say = ReturnType<typeof useTexts>['say'];

function tableColumns(names: string[], nameOf: (name: string) => string, say: Say, language: 'zh' | 'en', search: Record<string, string>): TableColumnsType<LoggedCall> {
  return [
    {
      key: 'started_at',
      title: nameOf('started_at'),
      width: 190,
      render: (_, call) => (
        <Link to="/calls/$number" params={{ number: String(call.fact_id) } as never} search={sharedOf(search) as never} aria-label={say('calls.open', { key: shownMoment(call.started_at, language) })}>
          {shownMoment(call.started_at, language)}
        </Link>
      ),
    },
    { key: 'direction', title: nameOf('direction'), width: 104, render: (_, call) => word(say, call.direction) },
    { key: 'who', title: nameOf('people'), width: 150, render: (_, call) => Object.values(call.people).flat().join(' ') },
    ...names.map((name) => ({ key: name, title: nameOf(name), width: 120, ellipsis: true, render: (_: unknown, call: LoggedCall) => cellOf(call, name, say, language) })),
  ];
}

function cellOf(call: LoggedCall, name: string, say: Say, language: 'zh' | 'en'): string {
  const value = (call as Record<string, unknown>)[name];
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return say(value ? 'row.yes' : 'row.no');
  return name.endsWith('_seconds') ? shown(value as number, 'seconds', 'CNY', language) : word(say, String(value), name);
}

function withDirection(filters: Record<string, (string | null)[]>, value: string): Record<string, (string | null)[]> {
  const { direction: _, ...rest } = filters;
  return value === '' ? rest : { ...rest, direction: [value] };
}
