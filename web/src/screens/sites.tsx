import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Descriptions, Form, Input, InputNumber, Popconfirm, Select, Switch, Typography } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Site = Schemas['SiteBody'];
type Settings = Schemas['SiteSettingsBody'];
type Filled = Omit<Settings, 'origins' | 'callback_hours'> & { name: string; origins: string; callback_hours: string };
const EMPTY: Filled = { name: '', origins: '', overflow: '', consent: false, storage: 'session', new_visits: 30, callback: false, callback_hours: '', callback_most: 60, callback_notice: '', privacy: '' };
const STORAGES = ['session', 'local', 'none'] as const;

/** Sites whose calls are tracked, and whether the snippet works on their pages. */
export default function Sites() {
  const { say, language } = useTexts();
  const mayChange = useRights().has('facts.write');
  const [chosen, setChosen] = useState<number | null>(null);
  const [made, setMade] = useState(0);
  const [sites, setSites] = useState<readonly Site[]>([]);
  const site = sites.find((one) => one.id === chosen) ?? sites[0] ?? null;
  const load = async () => {
    const found = (await got(api.GET('/api/v1/tracking'))).sites;
    setSites(found);
    return found;
  };
  const make = async (told: Filled) => {
    const answer = await got(api.POST('/api/v1/tracking/sites', { body: bodyOf(told) }));
    setChosen(answer.id);
    setMade((count) => count + 1);
  };
  return (
    <Resource<Site>
      name="sites"
      title={say('sites.title')}
      hint={say('sites.hint')}
      load={load}
      rowKey="id"
      above={(act) => (
        <>
          {site === null ? null : <Check site={site} />}
          {mayChange && site !== null ? (
            <Panel title={say('sites.change', { name: site.name })}>
              <SiteForm key={`${site.id}`} of="site-change" initial={filledOf(site)} label={say('callRules.save')} onDone={(told) => act(() => got(api.PATCH('/api/v1/tracking/sites/{site}', { params: { path: { site: site.id } }, body: bodyOf(told) })))} />
            </Panel>
          ) : null}
          {mayChange ? <Panel title={say('sites.make')}><SiteForm key={`new ${made}`} of="site-new" initial={EMPTY} label={say('sites.make')} onDone={(told) => act(() => make(told))} /></Panel> : null}
        </>
      )}
      columns={(act: Act) => [
        { key: 'name', title: say('field.name'), render: (_, one) => <Button type="link" size="small" onClick={() => setChosen(one.id)}>{one.name}</Button> },
        { key: 'origins', title: say('sites.origins'), className: 'what', render: (_, one) => one.settings.origins.join(' ') },
        { key: 'overflow', title: say('sites.overflow'), render: (_, one) => one.settings.overflow || '—' },
        { key: 'consent', title: say('sites.consent'), render: (_, one) => say(one.settings.consent ? 'row.yes' : 'row.no') },
        { key: 'callback', title: say('sites.callback'), render: (_, one) => say(one.settings.callback ? 'row.yes' : 'row.no') },
        { key: 'made', title: say('field.created_at'), render: (_, one) => shownMoment(one.created_at, language) },
        {
          key: 'remove',
          title: say('sites.remove'),
          render: (_, one) =>
            !mayChange ? '—' : (
              <Popconfirm title={say('sites.removing', { name: one.name })} onConfirm={() => act(() => got(api.DELETE('/api/v1/tracking/sites/{site}', { params: { path: { site: one.id } } })))}>
                <Button size="small" aria-label={`${say('sites.remove')} ${one.name}`}>{say('sites.remove')}</Button>
              </Popconfirm>
            ),
        },
      ]}
    />
  );
}

/** What to paste, what came from the pages within a day, what is wrong and how to put it right. */
function Check({ site }: { site: Site }) {
  const { say, read, language } = useTexts();
  const { search } = useAddress();
  // Of a name of its own: a change of the list must not ask about a site that is no more.
  const asked = useQuery({ queryKey: ['site-check', search.workspace, site.id, site.settings], refetchInterval: 15_000, queryFn: () => got(api.GET('/api/v1/tracking/sites/{site}/check', { params: { path: { site: site.id } } })) });
  return (
    <Panel title={say('sites.check', { name: site.name })}>
      <Wait asked={asked} height={200}>
        {(found) => (
          <>
            {found.faults.length === 0 ? <Alert type="success" showIcon title={say('sites.well')} /> : null}
            {found.faults.map((fault) => <Alert key={fault.code} type={fault.grave} showIcon title={read(fault.text)} description={read(fault.remedy)} />)}
            <p>{say('sites.paste')}</p>
            <Typography.Paragraph copyable={{ text: found.snippet }}><code>{found.snippet}</code></Typography.Paragraph>
            {found.callback == null ? null : (
              <>
                <p>{say('sites.pasteCallback')}</p>
                <Typography.Paragraph copyable={{ text: found.callback }}><code>{found.callback}</code></Typography.Paragraph>
              </>
            )}
            <p>{say('sites.csp')} <code>{found.csp}</code></p>
            <Descriptions
              size="small"
              column={{ xs: 1, sm: 2, lg: 5 }}
              items={[
                { key: 'last', label: say('sites.last'), children: found.last_visit ? shownMoment(found.last_visit, language) : say('sites.never') },
                ...(['visits', 'leases', 'overflow', 'numbers'] as const).map((name) => ({ key: name, label: say(`sites.count.${name}`), children: shown(found[name], 'count', 'CNY', language) })),
              ]}
            />
          </>
        )}
      </Wait>
    </Panel>
  );
}

function SiteForm({ initial, label, of, onDone }: { initial: Filled; label: string; of: 'site-new' | 'site-change'; onDone: (told: Filled) => void }) {
  const { say } = useTexts();
  const [form] = Form.useForm<Filled>();
  const offers = Form.useWatch('callback', form) ?? initial.callback;
  const required = [{ required: true, message: say('enter.required') }];
  // Two of these stand on one page: their fields must not share an id.
  return (
    <Form<Filled> form={form} name={of} layout="inline" className="inline-form" initialValues={initial} requiredMark={false} onFinish={(told) => onDone({ ...initial, ...told })}>
      <Form.Item name="name" label={say('field.name')} rules={[{ required: true, whitespace: true, message: say('enter.required') }]}><Input maxLength={100} /></Form.Item>
      <Form.Item name="origins" label={say('sites.origins')} rules={required}><Input placeholder="https://www.example.com" style={{ minWidth: 240 }} /></Form.Item>
      <Form.Item name="overflow" label={say('sites.overflow')}><Input /></Form.Item>
      <Form.Item name="new_visits" label={say('sites.newVisits')} tooltip={say('sites.newVisitsHint')}><InputNumber min={1} max={10_000} /></Form.Item>
      <Form.Item name="storage" label={say('sites.storage')}><Select style={{ minWidth: 130 }} options={STORAGES.map((value) => ({ value, label: say(`sites.storage.${value}`) }))} /></Form.Item>
      <Form.Item name="consent" label={say('sites.consent')} valuePropName="checked"><Switch aria-label={say('sites.consent')} /></Form.Item>
      <Form.Item name="callback" label={say('sites.callback')} valuePropName="checked"><Switch aria-label={say('sites.callback')} /></Form.Item>
      {offers ? (
        <>
          <Form.Item name="callback_hours" label={say('sites.callbackHours')}><Input placeholder="1-5 09:00-18:00, 6 10:00-16:00" style={{ minWidth: 240 }} /></Form.Item>
          <Form.Item name="callback_most" label={say('sites.callbackMost')}><InputNumber min={1} max={10_000} /></Form.Item>
          <Form.Item name="callback_notice" label={say('sites.callbackNotice')}><Input maxLength={300} style={{ minWidth: 240 }} /></Form.Item>
          <Form.Item name="privacy" label={say('sites.privacy')}><Input maxLength={400} placeholder="https://www.example.com/privacy" style={{ minWidth: 240 }} /></Form.Item>
        </>
      ) : null}
      <Button htmlType="submit" type={of === 'site-new' ? 'primary' : 'default'}>{label}</Button>
    </Form>
  );
}

function filledOf({ name, settings }: Site): Filled {
  return { ...settings, name, origins: settings.origins.join(' '), callback_hours: settings.callback_hours.join(', ') };
}

function bodyOf({ name, ...told }: Filled): Schemas['NewSite'] {
  return {
    name,
    settings: {
      ...told,
      origins: told.origins.split(/[\s,，]+/).filter(Boolean),
      overflow: told.overflow.trim(),
      callback_hours: told.callback_hours.split(/[,，;；]/).map((one) => one.trim()).filter(Boolean),
    },
  };
}
