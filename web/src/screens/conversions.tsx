import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, Select, Tag } from 'antd';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { Resource } from '../parts/resource';
import { useTexts } from '../texts/language';

type Line = Schemas['ConversionLine'];
type Target = Schemas['ConversionTarget'];
const GOALS = ['call', 'unique_call', 'target_call', 'unique_target_call', 'sale'] as const;
const COLOURS: Partial<Record<Line['state'], string>> = { sent: 'green', failed: 'red', unsendable: 'orange' };

/** The outbox of conversions: what was told, what was not and why. */
export default function Conversions() {
  const { say, read, language } = useTexts();
  const may = useRights().has('settings.write');
  return (
    <Resource<Line>
      name="conversions"
      title={say('conversions.title')}
      hint={say('conversions.hint')}
      load={async () => (await got(api.GET('/api/v1/conversions'))).lines}
      rowKey="id"
      above={(act) => <Receivers may={may} onAdd={(body) => act(() => got(api.PUT('/api/v1/conversions/targets', { body })))} />}
      columns={(act) => [
        { key: 'target', title: say('conversions.target'), dataIndex: 'target' },
        { key: 'what', title: say('conversions.what'), className: 'row-name', render: (_, line) => `${say(`conversions.${line.goal}`)}${line.step === 'conversion' ? '' : ` · ${say(`conversions.${line.step}`)}`}` },
        { key: 'when', title: say('conversions.when'), render: (_, line) => shownMoment(line.happened_at, language) },
        { key: 'value', title: say('conversions.value'), align: 'right', render: (_, line) => (line.value === null ? '' : shown(line.value, 'money', line.currency, language)) },
        { key: 'state', title: say('conversions.state'), render: (_, line) => <Tag color={COLOURS[line.state]}>{say(`conversions.${line.state}`)}</Tag> },
        { key: 'why', title: say('conversions.why'), render: (_, line) => (line.why === null ? '' : read(line.why)) },
        { key: 'attempts', title: say('conversions.attempts'), align: 'right', dataIndex: 'attempts' },
        {
          key: 'again',
          title: say('exports.do'),
          render: (_, line) =>
            may && line.state === 'failed' ? (
              <Button size="small" aria-label={`${say('conversions.again')}: ${line.name}`} onClick={() => act(() => got(api.POST('/api/v1/conversions/{line}/again', { params: { path: { line: line.id } } })))}>{say('conversions.again')}</Button>
            ) : null,
        },
      ]}
    />
  );
}

function Receivers({ may, onAdd }: { may: boolean; onAdd: (body: Target) => void }) {
  const { say } = useTexts();
  const { search } = useAddress();
  const targets = useQuery({ queryKey: ['conversions', 'targets', search.workspace], queryFn: () => got(api.GET('/api/v1/conversions/targets')) }).data?.targets ?? [];
  const required = [{ required: true, message: say('enter.required') }];
  return (
    <Panel title={say('conversions.add')} hint={targets.length === 0 ? say('conversions.next') : say('conversions.receivers', { names: targets.map((one) => one.name).join('、') })}>
      {may ? (
        <Form<Target> layout="inline" className="inline-form" initialValues={{ goals: ['unique_target_call', 'sale'] }} requiredMark={false} onFinish={onAdd}>
          <Form.Item name="name" label={say('conversions.name')} rules={required}><Input maxLength={100} /></Form.Item>
          <Form.Item name="address" label={say('conversions.address')} rules={required}><Input maxLength={200} /></Form.Item>
          <Form.Item name="secret" label={say('conversions.secret')} rules={required}><Input.Password maxLength={200} autoComplete="off" /></Form.Item>
          <Form.Item name="goals" label={say('conversions.goals')} rules={required}>
            <Select mode="multiple" style={{ minWidth: 200 }} options={GOALS.map((goal) => ({ value: goal, label: say(`conversions.${goal}`) }))} popupMatchSelectWidth={false} />
          </Form.Item>
          <Button htmlType="submit" type="primary">{say('conversions.add')}</Button>
        </Form>
      ) : null}
    </Panel>
  );
}
