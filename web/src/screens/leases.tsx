import { Select, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Lent = Schemas['LentBody'];

/** Who was shown which number, when, and how it ended. */
export default function Leases() {
  const { say, language } = useTexts();
  const [pools, setPools] = useState<readonly Schemas['PoolBody'][]>([]);
  const [pool, setPool] = useState<number | null>(null);
  const when = (moment: string | null | undefined) => (moment ? shownMoment(moment, language) : '—');
  return (
    <Resource<Lent>
      key={pool ?? 'all'}
      name={`leases-${pool ?? 'all'}`}
      title={say('leases.title')}
      hint={say('leases.hint')}
      load={async () => {
        setPools((await got(api.GET('/api/v1/tracking'))).pools);
        return (await got(api.GET('/api/v1/tracking/leases', { params: { query: { limit: 500, ...(pool === null ? {} : { pool }) } } }))).leases;
      }}
      rowKey="id"
      above={() => <Select aria-label={say('ourNumbers.pool')} value={pool ?? 0} onChange={(value) => setPool(value === 0 ? null : value)} style={{ width: 220, marginBlockEnd: 12 }} options={[{ value: 0, label: say('leases.allPools') }, ...pools.map((one) => ({ value: one.id, label: one.name }))]} />}
      columns={() => [
        { key: 'at', title: say('leases.at'), render: (_, one) => when(one.leased_at) },
        { key: 'shown', title: say('leases.shown'), render: (_, one) => <>{one.shown || '—'} {one.overflow ? <Tag color="orange">{say('leases.overflow')}</Tag> : null}</> },
        { key: 'pool', title: say('ourNumbers.pool'), render: (_, one) => pools.find((each) => each.id === one.pool)?.name ?? one.pool },
        { key: 'from', title: say('field.source'), className: 'what', render: (_, one) => [one.channel, one.source, one.keyword].filter(Boolean).join(' / ') || '—' },
        { key: 'page', title: say('leases.page'), className: 'what', render: (_, one) => one.page ?? '—' },
        { key: 'tapped', title: say('leases.tapped'), render: (_, one) => when(one.tapped_at) },
        { key: 'seen', title: say('leases.seen'), render: (_, one) => when(one.seen_at) },
        { key: 'released', title: say('leases.released'), render: (_, one) => (one.released_at ? when(one.released_at) : <Tag color="green">{say('leases.held')}</Tag>) },
      ]}
    />
  );
}
