import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Segmented, Select, Space, Table } from 'antd';
import { useState } from 'react';
import { type Answer, type Schemas, api, got } from '../api/client';
import { currencyStore } from '../api/currency';
import { useKnown } from '../api/questions';
import { sharedOf, useAddress, writeBehind, writeFilters } from '../app/address';
import { shown } from '../app/format';
import { useRights } from '../app/session';
import { download } from '../parts/behind';
import { ChangeMark, FigureLink } from '../parts/figure';
import { FigureTable } from '../parts/figure-table';
import { Page, Panel } from '../parts/page';
import { ReportEditor } from '../parts/report-editor';
import { ProblemNote, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';
import type { TextKey } from '../texts/texts';
import { colourOf, css, inkOn } from '../charts/heat';
import { themeStore } from '../parts/theme';
import { HeatTable } from './heat';

type Report = Schemas['KnownReport'];
type Both = { zh: string; en: string };

interface Slot {
  at: number;
  calls: number;
  missed: number;
  target: number;
  staff_hours: number | null;
  spots: number;
  days: number;
  missed_share: number | null;
}

interface Run {
  report: Report;
  sections: { key: string; metrics: string[]; answer: Answer | null }[];
  hours: { hour: Slot[]; weekday: Slot[]; week: Slot[] };
  advice: { key: string; weight: 'do' | 'watch' | 'good'; text: Both; behind: Record<string, unknown> | null; calls: Record<string, string> | null }[];
}

/** The six reports about incoming calls and those people made of them. */
export default function CallReports() {
  const { say, read } = useTexts();
  const { search, set, period } = useAddress();
  const known = useQuery({ queryKey: ['reports', search.workspace], queryFn: async () => (await got(api.GET('/api/v1/reports'))).reports });
  const key = search.report ?? 'proper';
  const [editing, setEditing] = useState<string | null>(null);
  const run = useQuery({
    queryKey: ['report', search.workspace, key, period, search.where, search.compare],
    queryFn: async () => {
      const query = { ...(period.from === null ? {} : { from: period.from }), ...(period.to === null ? {} : { to: period.to }), where: whereOf(search.where), compare: search.compare !== 'none' };
      const found = (await got(api.GET('/api/v1/reports/{report}/run', { params: { path: { report: key }, query } }))) as unknown as Run;
      const answer = found.sections.find((one) => one.answer !== null)?.answer;
      if (answer) currencyStore.set(answer.currency);
      return found;
    },
  });
  const report = known.data?.find((one) => one.key === key);
  return (
    <Page title={say('callReports.title')} hint={report === undefined ? say('callReports.hint') : read(report.meaning)} controls="all">
      <div className="bar">
        <Select
          aria-label={say('callReports.choose')}
          value={key}
          onChange={(value) => set({ report: value })}
          options={(known.data ?? []).map((one) => ({ value: one.key, label: read(one.title) }))}
          popupMatchSelectWidth={false}
        />
        {report === undefined ? null : <Own report={report} key={report.key} editing={editing === report.key} onEdit={(open) => setEditing(open ? report.key : null)} />}
      </div>
      {report !== undefined && editing === report.key ? <Editing report={report} key={`edit ${report.key}`} onClose={() => setEditing(null)} /> : null}
      <Wait asked={run} height={420}>
        {(found) => (
          <>
            <Next run={found} />
            {found.report.sections.map((section) => {
              const answer = found.sections.find((one) => one.key === section.key)?.answer ?? null;
              if (section.layout === 'hours') return <Hours key={section.key} title={read(section.title)} hours={found.hours} />;
              return answer === null ? null : <Part key={section.key} title={read(section.title)} layout={section.layout ?? 'table'} answer={answer} />;
            })}
          </>
        )}
      </Wait>
    </Page>
  );
}

function whereOf(text: string | undefined): string[] {
  return (text ?? '').split(';').filter((part) => part !== '').map((part) => decodeURIComponent(part));
}

/** Makes a report one's own: its sections, metrics and cuts under a name; a saved one can be changed or deleted. */
function Own({ report, editing, onEdit }: { report: Report; editing: boolean; onEdit: (editing: boolean) => void }) {
  const { say } = useTexts();
  const { set } = useAddress();
  const mayChange = useMayChange();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  if (!mayChange) return <Negative kind={report.kind} />;
  const remove = async () => {
    await got(api.DELETE('/api/v1/reports/{report}', { params: { path: { report: report.key } } }));
    await client.invalidateQueries({ queryKey: ['reports'] });
    set({ report: null });
  };
  return (
    <Space wrap>
      <Button aria-expanded={editing} onClick={() => onEdit(!editing)}>{say('callReports.edit')}</Button>
      {isOwn(report) ? <Button danger onClick={() => void remove().catch(setError)}>{say('callReports.delete')}</Button> : null}
      <Negative kind={report.kind} />
      {error === null ? null : <ProblemNote error={error} />}
    </Space>
  );
}

const isOwn = (report: Report) => report.key.startsWith('own-');

function useMayChange(): boolean {
  const rights = useRights();
  return ['facts.write', 'export', 'settings.write'].some((right) => rights.has(right));
}

/** The editor, and what saving means: the saved report changed, or a new one made of one of the six. */
function Editing({ report, onClose }: { report: Report; onClose: () => void }) {
  const { set } = useAddress();
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const save = async (name: string, sections: Report['sections']) => {
    const body = { title: { zh: name, en: name }, meaning: report.meaning, kind: report.kind, sections };
    try {
      const key = isOwn(report) ? (await got(api.PUT('/api/v1/reports/{report}', { params: { path: { report: report.key } }, body })), report.key) : (await got(api.POST('/api/v1/reports', { body }))).key;
      await Promise.all([client.invalidateQueries({ queryKey: ['reports'] }), client.invalidateQueries({ queryKey: ['report'] })]);
      set({ report: key });
      onClose();
    } catch (problem) {
      setError(problem as Error);
    }
  };
  return (
    <>
      {error === null ? null : <ProblemNote error={error} />}
      <ReportEditor report={report} own={isOwn(report)} onSave={save} onClose={onClose} />
    </>
  );
}

/** Keywords that bring junk, as a file for the advertising system. */
function Negative({ kind }: { kind: string }) {
  const { say } = useTexts();
  const { period } = useAddress();
  const rights = useRights();
  if (kind !== 'proper' || !rights.has('export')) return null;
  const fetchFile = async () => {
    const query = { ...(period.from === null ? {} : { from: period.from }), ...(period.to === null ? {} : { to: period.to }) };
    download('negative-keywords.csv', (await got(api.GET('/api/v1/negative-keywords', { params: { query }, parseAs: 'blob' }))) as unknown as Blob);
  };
  return <Button onClick={() => void fetchFile()}>{say('callReports.negative')}</Button>;
}

interface Step { to: string; text: TextKey; more: Record<string, string> }

/** Where an advice is acted upon: the calls themselves, the hours, the schedules, the spending, the list to call. */
function leadsTo({ key, calls }: Run['advice'][number]): Step[] {
  const found: Step[] = [];
  const where = writeFilters(Object.fromEntries(Object.entries(calls ?? {}).map(([name, value]) => [name, [value]])));
  if (where) found.push({ to: '/calls', text: 'callReports.to.calls', more: { where } });
  if (key.startsWith('missed_hour') || key.startsWith('missed_weekday')) {
    found.push({ to: '/heat', text: 'callReports.to.hours', more: { metric: 'missed_rate' } });
    found.push({ to: '/import', text: 'callReports.to.spots', more: {} });
    found.push({ to: '/import', text: 'callReports.to.shifts', more: {} });
  }
  if (key.startsWith('channel_')) found.push({ to: '/roi', text: 'callReports.to.roi', more: {} });
  if (key.startsWith('callback_')) found.push({ to: '/callbacks', text: 'callReports.to.callbacks', more: {} });
  if (key === 'call_back') found.push({ to: '/calls', text: 'callReports.to.calls', more: { waiting: '1' } });
  return found;
}

function Acts({ advice, kind }: { advice: Run['advice'][number]; kind: string }) {
  const { say, read } = useTexts();
  const { search } = useAddress();
  const steps = leadsTo(advice);
  const negative = advice.key.startsWith('junk_keyword');
  if (steps.length === 0 && !negative) return null;
  return (
    <span className="advice-links">
      {steps.map(({ to, text, more }) => (
        <Link key={to + text} to={to as never} search={{ ...sharedOf(search), ...more } as never} aria-label={`${say(text)}: ${read(advice.text)}`}>{say(text)} →</Link>
      ))}
      {negative ? <Negative kind={kind} /> : null}
    </span>
  );
}

function Next({ run }: { run: Run }) {
  const { say, read } = useTexts();
  const { set } = useAddress();
  return (
    <Panel title={say('next.title')}>
      {run.advice.length === 0 ? <p>{say('next.none')}</p> : null}
      <ul className="advice">
        {run.advice.map((one) => (
          <li key={one.text.en}>
            <span>{read(one.text)}</span>
            {one.behind === null ? null : (
              <Button size="small" onClick={() => set({ behind: writeBehind(one.behind ?? {}) })} aria-label={`${say('next.open')}: ${read(one.text)}`}>{say('next.open')}</Button>
            )}
            <Acts advice={one} kind={run.report.kind ?? ''} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Part({ title, layout, answer }: { title: string; layout: string; answer: Answer }) {
  const { read } = useTexts();
  const known = useKnown().data;
  const metrics = answer.question.metrics as string[];
  const first = known?.metric(metrics[0] ?? '');
  if (layout === 'heat' && first !== undefined) return <HeatTable answer={answer} metric={first} average={false} />;
  if (layout !== 'figures') return <Panel title={title}><FigureTable answer={answer} metrics={metrics} /></Panel>;
  const row = answer.rows[0];
  return (
    <Panel title={title}>
      <ul className="tiles">
        {metrics.map((key) => {
          const metric = known?.metric(key);
          return metric === undefined || row === undefined ? null : (
            <li key={key} className="tile">
              <span>{read(metric.text)}</span>
              <FigureLink figure={row.values[key]} metric={metric} currency={answer.currency} className="tile-value" />
              <ChangeMark figure={row.values[key]} metric={metric} />
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

const VIEWS = ['hour', 'weekday', 'week'] as const;

/** Calls and missed calls beside staff and advertising: by hour, by weekday, or by both. */
function Hours({ title, hours }: { title: string; hours: Run['hours'] }) {
  const { say } = useTexts();
  const [view, setView] = useState<(typeof VIEWS)[number]>('hour');
  const choose = <Segmented<(typeof VIEWS)[number]> aria-label={say('callReports.view')} value={view} onChange={setView} options={VIEWS.map((value) => ({ value, label: say(`callReports.view.${value}`) }))} />;
  return (
    <Panel title={title} hint={say('callReports.hoursHint')} extra={choose}>
      {view === 'week' ? <Week slots={hours.week} /> : <Slots slots={hours[view]} weekday={view === 'weekday'} />}
    </Panel>
  );
}

/** Each hour of the week: the missed share, coloured from the share that is a fault on, with staff and spots below. */
function Week({ slots }: { slots: Slot[] }) {
  const { say, language } = useTexts();
  const dark = themeStore.use() === 'dark';
  const at = new Map(slots.map((one) => [one.at, one]));
  const write = (value: number | null, unit: 'count' | 'share' | 'ratio') => shown(value, unit, '', language);
  const told = (one: Slot) => [
    `${write(one.missed, 'count')}/${write(one.calls, 'count')}`,
    one.staff_hours === null ? '' : say('callReports.cell.staff', { hours: write(one.staff_hours, 'ratio') }),
    one.spots === 0 ? '' : say('callReports.cell.spots', { count: one.spots }),
  ].filter(Boolean).join(' · ');
  return (
    <div className="week-scroll" tabIndex={0} role="group" aria-label={say('callReports.view.week')}>
      <table className="heat week">
        <caption className="away">{say('callReports.cell.hint')}</caption>
        <thead>
          <tr><th scope="col">{say('heat.hour')}</th>{[1, 2, 3, 4, 5, 6, 7].map((day) => <th scope="col" key={day}>{codeText(say, 'weekday', day)}</th>)}</tr>
        </thead>
        <tbody>
          {Array.from({ length: 24 }, (_, hour) => (
            <tr key={hour}>
              <th scope="row">{`${String(hour).padStart(2, '0')}`}</th>
              {Array.from({ length: 7 }, (_, day) => {
                const one = at.get(day * 24 + hour);
                if (one === undefined) return <td key={day} className="empty" />;
                const colour = one.missed_share === null ? null : colourOf(one.missed_share, dark);
                const style = colour === null ? undefined : { background: css(colour), color: css(inkOn(colour)) };
                return <td key={day} style={style}><strong>{one.missed_share === null ? '—' : write(one.missed_share, 'share')}</strong><small>{told(one)}</small></td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Slots({ slots, weekday }: { slots: Slot[]; weekday: boolean }) {
  const { say, language } = useTexts();
  const write = (value: number | null, unit: 'count' | 'share' | 'ratio') => shown(value, unit, '', language);
  return (
      <Table<Slot>
        size="small"
        rowKey="at"
        dataSource={slots}
        pagination={false}
        scroll={{ x: 'max-content' }}
        columns={[
          { key: 'at', title: say(weekday ? 'callReports.view.weekday' : 'heat.hour'), render: (_, one) => (weekday ? codeText(say, 'weekday', one.at) : `${String(one.at).padStart(2, '0')}:00`) },
          { key: 'calls', title: say('callReports.calls'), align: 'right', render: (_, one) => write(one.calls, 'count') },
          { key: 'missed', title: say('callReports.missed'), align: 'right', render: (_, one) => write(one.missed, 'count') },
          { key: 'share', title: say('callReports.share'), align: 'right', render: (_, one) => write(one.missed_share, 'share') },
          { key: 'target', title: say('callReports.target'), align: 'right', render: (_, one) => write(one.target, 'count') },
          { key: 'staff', title: say('callReports.staff'), align: 'right', render: (_, one) => (one.staff_hours === null ? '—' : write(one.staff_hours, 'ratio')) },
          { key: 'spots', title: say('callReports.spots'), align: 'right', render: (_, one) => write(one.spots, 'count') },
        ]}
      />
  );
}
