import { Button, Input, Select, Space, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { dayStart, plusDays } from '../app/period';
import { useRights } from '../app/session';
import { download } from '../parts/behind';
import { sourceText } from '../parts/figure';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Lent = Schemas['LentBody'];
interface Wanted { pool?: number; number?: string; from?: string; to?: string }
// As many as the list shows at once, which then needs no pages of its own.
const PAGE = 50;

/** Who was shown which number, when, and how it ended; by pool, number and time, page by page, and as a file. */
export default function Leases() {
  const { say, language } = useTexts();
  const mayExport = useRights().has('export');
  const [pools, setPools] = useState<readonly Schemas['PoolBody'][]>([]);
  const [wanted, setWanted] = useState<Wanted>({});
  const [pages, setPages] = useState<readonly number[]>([]);
  const when = (moment: string | null | undefined) => (moment ? shownMoment(moment, language) : '—');
  const narrow = (more: Wanted) => {
    setPages([]);
    setWanted({ ...wanted, ...more });
  };
  const query = {
    ...(wanted.pool === undefined ? {} : { pool: wanted.pool }),
    ...(wanted.number ? { number: wanted.number } : {}),
    ...(wanted.from ? { since: dayStart(wanted.from) } : {}),
    // The last day is included.
    ...(wanted.to ? { until: dayStart(plusDays(wanted.to, 1)) } : {}),
  };
  const before = pages.at(-1);
  const fetchFile = async () => download('leases.csv', (await got(api.GET('/api/v1/tracking/leases.csv', { params: { query }, parseAs: 'blob' }))) as unknown as Blob);
  return (
    <Resource<Lent>
      name={`leases-${JSON.stringify([query, before])}`}
      title={say('leases.title')}
      hint={say('leases.hint')}
      load={async () => {
        setPools((await got(api.GET('/api/v1/tracking'))).pools);
        return (await got(api.GET('/api/v1/tracking/leases', { params: { query: { ...query, limit: PAGE, ...(before === undefined ? {} : { before }) } } }))).leases;
      }}
      rowKey="id"
      above={(act) => (
        <Space wrap style={{ marginBlockEnd: 12 }}>
          <Select aria-label={say('ourNumbers.pool')} value={wanted.pool ?? 0} onChange={(value) => narrow({ pool: value === 0 ? undefined : value })} style={{ width: 200 }} options={[{ value: 0, label: say('leases.allPools') }, ...pools.map((one) => ({ value: one.id, label: one.name }))]} />
          <Input.Search aria-label={say('leases.number')} placeholder={say('leases.number')} defaultValue={wanted.number} onSearch={(number) => narrow({ number })} style={{ width: 200 }} />
          <Input type="date" aria-label={say('leases.fromDay')} value={wanted.from ?? ''} onChange={(event) => narrow({ from: event.target.value })} style={{ width: 150 }} />
          <Input type="date" aria-label={say('leases.toDay')} value={wanted.to ?? ''} onChange={(event) => narrow({ to: event.target.value })} style={{ width: 150 }} />
          {mayExport ? <Button onClick={() => act(fetchFile)}>{say('leases.export')}</Button> : null}
        </Space>
      )}
      below={(rows) => {
        const last = rows.length < PAGE ? undefined : rows.at(-1)?.id;
        return (
          <Space style={{ marginBlockStart: 12 }}>
            <Button disabled={pages.length === 0} onClick={() => setPages(pages.slice(0, -1))}>{say('leases.newer')}</Button>
            <Button disabled={last === undefined} onClick={() => last !== undefined && setPages([...pages, last])}>{say('leases.older')}</Button>
          </Space>
        );
      }}
      columns={() => [
        { key: 'at', title: say('leases.at'), render: (_, one) => when(one.leased_at) },
        { key: 'shown', title: say('leases.shown'), render: (_, one) => <>{one.shown || '—'} {one.overflow ? <Tag color="orange">{say('leases.overflow')}</Tag> : null}</> },
        { key: 'pool', title: say('ourNumbers.pool'), render: (_, one) => pools.find((each) => each.id === one.pool)?.name ?? one.pool },
        { key: 'from', title: say('field.source'), className: 'what', render: (_, one) => sourceText(say, one) },
        { key: 'page', title: say('leases.page'), className: 'what', render: (_, one) => one.page ?? '—' },
        { key: 'tapped', title: say('leases.tapped'), render: (_, one) => when(one.tapped_at) },
        { key: 'seen', title: say('leases.seen'), render: (_, one) => when(one.seen_at) },
        { key: 'released', title: say('leases.released'), render: (_, one) => (one.released_at ? when(one.released_at) : <Tag color="green">{say('leases.held')}</Tag>) },
      ]}
    />
  );
}
