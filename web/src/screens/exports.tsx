import { Button, Form, Input, Select, Space } from 'antd';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { kindText } from '../parts/behind';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { codeText, useTexts } from '../texts/language';

type Export = Schemas['ExportBody'];
const KINDS = ['everything', 'call', 'lead', 'deal_event', 'customer', 'touch', 'message', 'meeting', 'cost'];

export default function Exports() {
  const { say, language } = useTexts();
  const rights = useRights();
  const ask = (typed: { kind: string; reason?: string }) => got(api.POST('/api/v1/exports', { body: { kind: typed.kind, reason: typed.reason ?? '', unmasked: false } }));
  const step = (number: number, verb: 'grant' | 'refuse') => got(api.POST(verb === 'grant' ? '/api/v1/exports/{export}/grant' : '/api/v1/exports/{export}/refuse', { params: { path: { export: number } } }));
  return (
    <Resource<Export>
      name="exports"
      title={say('exports.title')}
      hint={say('exports.hint')}
      load={async () => (await got(api.GET('/api/v1/exports'))).exports}
      rowKey="id"
      above={(act) =>
        rights.has('export') ? (
          <Panel title={say('exports.ask')}>
            <Form<{ kind: string; reason?: string }> layout="inline" className="inline-form" initialValues={{ kind: 'call' }} onFinish={(typed) => act(() => ask(typed))}>
              <Form.Item name="kind" label={say('behind.kind')}><Select popupMatchSelectWidth={false} options={KINDS.map((kind) => ({ value: kind, label: kindText(say, kind) }))} /></Form.Item>
              <Form.Item name="reason" label={say('exports.reason')}><Input maxLength={200} /></Form.Item>
              <Button htmlType="submit" type="primary">{say('exports.ask')}</Button>
            </Form>
          </Panel>
        ) : null
      }
      columns={(act) => [
        { key: 'at', title: say('audit.at'), render: (_, one) => shownMoment(one.created_at, language) },
        { key: 'who', title: say('audit.actor'), dataIndex: 'requester' },
        { key: 'kind', title: say('behind.kind'), render: (_, one) => kindText(say, one.kind) },
        { key: 'rows', title: say('exports.rows'), align: 'right', dataIndex: 'rows' },
        { key: 'reason', title: say('exports.reason'), dataIndex: 'reason' },
        { key: 'status', title: say('import.status'), render: (_, one) => codeText(say, 'exports', one.status) },
        {
          key: 'do',
          title: say('exports.do'),
          render: (_, one) => (
            <Space>
              {one.status === 'granted' ? <Button size="small" onClick={() => act(() => fetchFile(one))} aria-label={`${say('behind.export')} ${one.id}`}>{say('behind.export')}</Button> : null}
              {one.status === 'pending' && rights.has('export.approve') ? (
                <>
                  <Button size="small" onClick={() => act(() => step(one.id, 'grant'))} aria-label={`${say('exports.grant')} ${one.id}`}>{say('exports.grant')}</Button>
                  <Button size="small" onClick={() => act(() => step(one.id, 'refuse'))} aria-label={`${say('exports.refuse')} ${one.id}`}>{say('exports.refuse')}</Button>
                </>
              ) : null}
            </Space>
          ),
        },
      ]}
    />
  );
}

async function fetchFile(one: Export): Promise<void> {
  const blob = (await got(api.POST('/api/v1/exports/{export}/fetch', { params: { path: { export: one.id } }, parseAs: 'blob' }))) as unknown as Blob;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `${one.kind}-${one.id}.${one.kind === 'everything' ? 'zip' : 'csv'}`;
  link.click();
  URL.revokeObjectURL(link.href);
}
