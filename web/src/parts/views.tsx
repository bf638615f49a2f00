import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { Alert, Button, Drawer, Form, Input, Select, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { parseSearch, useAddress, writeSearch } from '../app/address';
import { useRights } from '../app/session';
import { useTexts } from '../texts/language';
import { Nothing, ProblemNote, Wait } from './states';

type View = Schemas['ViewBody'];
type Shared = View['shared'];
// The reader's own, and what was only opened for a look, are no part of a view.
const NOT_KEPT = ['lang', 'theme', 'workspace', 'behind'];

/** The address of what is shown now, as somebody else should find it. */
function useShown() {
  const { search, period } = useAddress();
  const { pathname } = useLocation();
  const kept = Object.fromEntries(Object.entries(search).filter(([name]) => !NOT_KEPT.includes(name)));
  return { path: pathname, kept, period, search };
}

/** Saved views, and a link to what is shown. */
export function ViewsDrawer({ onClose }: { onClose: () => void }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const { search } = useAddress();
  const mayShare = useRights().has('notes.write');
  const { path, kept } = useShown();
  const [error, setError] = useState<Error | null>(null);
  const asked = useQuery({ queryKey: ['views', search.workspace], queryFn: async () => (await got(api.GET('/api/v1/views'))).views });
  const take = async (step: () => Promise<unknown>) => {
    try {
      await step();
      setError(null);
    } catch (problem) {
      setError(problem as Error);
    }
    await client.invalidateQueries({ queryKey: ['views'] });
  };
  const save = ({ name, shared }: { name: string; shared: Shared }) => take(() => got(api.POST('/api/v1/views', { body: { name, shared, path, search: writeSearch(kept).slice(1) } })));
  return (
    <Drawer open onClose={onClose} title={say('views.title')} size="min(480px, 100vw)" closable={{ 'aria-label': say('app.close') }}>
      {error === null ? null : <ProblemNote error={error} />}
      <CopyLink />
      <h3>{say('views.save')}</h3>
      <Form<{ name: string; shared: Shared }> layout="vertical" requiredMark={false} initialValues={{ shared: 'own' }} onFinish={(typed) => void save(typed)}>
        <Form.Item name="name" label={say('views.name')} rules={[{ required: true, message: say('enter.required') }]}><Input maxLength={100} /></Form.Item>
        <Form.Item name="shared" label={say('views.for')}>
          <Select disabled={!mayShare} options={(['own', 'team', 'workspace'] as const).map((name) => ({ value: name, label: say(`views.${name}`) }))} />
        </Form.Item>
        <Button type="primary" htmlType="submit">{say('views.keep')}</Button>
      </Form>
      <h3>{say('views.saved')}</h3>
      <Wait asked={asked}>
        {(views) =>
          views.length === 0 ? (
            <Nothing title={say('none.records')}>{say('views.hint')}</Nothing>
          ) : (
            <ul className="views">
              {views.map((view) => (
                <li key={view.id}>
                  <Link to={view.path as never} search={{ ...parseSearch(view.search), ...(search.workspace ? { workspace: search.workspace } : {}) } as never} onClick={onClose}>{view.name}</Link>
                  <span>
                    {view.shared === 'own' ? null : <Tag>{say(`views.${view.shared}`)}</Tag>}
                    {view.mine ? (
                      <Button type="text" size="small" aria-label={say('views.delete', { name: view.name })} onClick={() => void take(() => got(api.DELETE('/api/v1/views/{view}', { params: { path: { view: view.id } } })))}>×</Button>
                    ) : (
                      <small className="hint">{view.author}</small>
                    )}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Wait>
    </Drawer>
  );
}

/** A link that shows the same to somebody else tomorrow: the period stands in it as days. */
function CopyLink() {
  const { say } = useTexts();
  const { path, kept, period, search } = useShown();
  const [told, setTold] = useState(false);
  const days = period.from === null && period.to === null ? { period: 'all' } : { from: period.from, to: period.to };
  const link = `${window.location.origin}${path}${writeSearch({ ...kept, ...days, workspace: search.workspace })}`;
  const copy = async () => {
    await navigator.clipboard?.writeText(link);
    setTold(true);
  };
  return (
    <>
      <p className="copy">
        <Input readOnly value={link} aria-label={say('views.link')} onFocus={(event) => event.target.select()} />
        <Button onClick={() => void copy()}>{say('views.copy')}</Button>
      </p>
      {told ? <Alert type="success" role="status" title={say('views.copied')} /> : null}
    </>
  );
}
