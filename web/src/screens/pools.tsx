import { Button } from 'antd';
import { useState } from 'react';
import { api, got } from '../api/client';
import { useRights } from '../app/session';
import { type Pool, PoolForm } from '../parts/giving-forms';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

/** Public pools, from which agents claim. */
export default function Pools() {
  const { say } = useTexts();
  const may = useRights().has('leads.write');
  const [edited, setEdited] = useState<Pool | null>(null);
  return (
    <Resource<Pool>
      name="pools"
      title={say('pools.title')}
      hint={say('pools.hint')}
      load={async () => (await got(api.GET('/api/v1/leads/pools'))).pools}
      rowKey="name"
      above={(act) =>
        may ? (
          <Panel title={edited === null ? say('pools.add') : say('giving.changing', { name: edited.name })}>
            <PoolForm edited={edited} cancel={() => setEdited(null)} keep={(body) => act(async () => { await got(api.PUT('/api/v1/leads/pools', { body })); setEdited(null); })} />
          </Panel>
        ) : null
      }
      columns={() => [
        { key: 'name', title: say('pools.name'), dataIndex: 'name' },
        { key: 'team', title: say('pools.team'), render: (_, pool) => pool.team ?? say('pools.everybody') },
        { key: 'claims', title: say('pools.claims'), dataIndex: 'claims_a_day' },
        { key: 'hold', title: say('pools.hold'), dataIndex: 'hold_most' },
        { key: 'protect', title: say('pools.protect'), dataIndex: 'protect_days' },
        { key: 'active', title: say('results.active'), render: (_, pool) => (pool.active ? '✓' : '—') },
        { key: 'edit', title: say('results.edit'), render: (_, pool) => (may ? <Button size="small" aria-label={`${say('results.edit')} ${pool.name}`} onClick={() => setEdited(pool)}>{say('results.edit')}</Button> : null) },
      ]}
    />
  );
}
