import { useQuery } from '@tanstack/react-query';
import { Button, Form, Input, InputNumber, Select, Table } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown } from '../app/format';
import { useRights } from '../app/session';
import { Panel } from '../parts/page';
import { type Act, Resource } from '../parts/resource';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Goal = Schemas['GoalBody'];

/** What each goal is: its model, look-back, worth and platforms, and who earned it. */
export default function Goals() {
  const { say } = useTexts();
  const { search } = useAddress();
  const may = useRights().has('settings.write');
  const [looked, setLooked] = useState<Goal['goal']>('sale');
  const [currency, setCurrency] = useState('CNY');
  const targets = useQuery({ queryKey: ['goals', 'targets', search.workspace], queryFn: () => got(api.GET('/api/v1/conversions/targets')), retry: false }).data?.targets ?? [];
  return (
    <Resource<Goal>
      name="goals"
      title={say('goals.title')}
      hint={say('goals.hint')}
      load={async () => {
        const told = await got(api.GET('/api/v1/journeys/goals'));
        setCurrency(told.currency);
        return told.goals;
      }}
      rowKey="goal"
      above={() => <Credit goal={looked} />}
      columns={(act) => [
        { key: 'goal', title: say('goals.goal'), className: 'row-name', render: (_, one) => say(`conversions.${one.goal}`) },
        { key: 'form', title: say('goals.model'), render: (_, one) => <OneGoal goal={one} may={may} act={act} currency={currency} targets={targets.map((each) => ({ value: each.id, label: each.name }))} /> },
        { key: 'show', title: say('exports.do'), render: (_, one) => <Button size="small" aria-label={`${say('goals.show')}: ${say(`conversions.${one.goal}`)}`} onClick={() => setLooked(one.goal)}>{say('goals.show')}</Button> },
      ]}
    />
  );
}

function OneGoal({ goal, may, act, currency, targets }: { goal: Goal; may: boolean; act: Act; currency: string; targets: { value: number; label: string }[] }) {
  const { say } = useTexts();
  const name = say(`conversions.${goal.goal}`);
  const keep = (body: Goal) => act(() => got(api.PUT('/api/v1/journeys/goals', { body: { ...goal, ...body, value: body.value ? String(body.value) : null } })));
  return (
    <Form<Goal> key={JSON.stringify(goal)} layout="inline" className="inline-form" initialValues={goal} disabled={!may} requiredMark={false} onFinish={keep}>
      <Form.Item name="model" tooltip={say('goals.modelHint')}><Input aria-label={`${say('goals.model')}: ${name}`} maxLength={100} style={{ width: 190 }} /></Form.Item>
      <Form.Item name="lookback_days" label={say('goals.days')}><InputNumber aria-label={`${say('goals.days')}: ${name}`} min={1} max={3660} style={{ width: 80 }} /></Form.Item>
      {goal.goal === 'sale' ? <Form.Item label={say('goals.worth', { currency })}>{say('goals.dealValue')}</Form.Item> : (
        <Form.Item name="value" label={say('goals.worth', { currency })}><Input aria-label={`${say('goals.worth', { currency })}: ${name}`} maxLength={20} style={{ width: 90 }} /></Form.Item>
      )}
      <Form.Item name="targets" label={say('goals.told')}><Select aria-label={`${say('goals.told')}: ${name}`} mode="multiple" options={targets} style={{ minWidth: 160 }} popupMatchSelectWidth={false} /></Form.Item>
      {may ? <Button htmlType="submit" aria-label={`${say('goals.keep')}: ${name}`}>{say('goals.keep')}</Button> : null}
    </Form>
  );
}

/** Who earned the goal that is looked at, by its own model. */
function Credit({ goal }: { goal: Goal['goal'] }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const asked = useQuery({ queryKey: ['goals', 'credit', goal, search.workspace], queryFn: () => got(api.GET('/api/v1/journeys/goals/{goal}/credit', { params: { path: { goal } } })) });
  return (
    <Panel title={`${say('goals.credit')} · ${say(`conversions.${goal}`)}`} hint={asked.data?.model ?? ''}>
      <Wait asked={asked} height={160}>
        {(told) => (
          <Table
            size="small"
            rowKey={(row) => row.step ?? ''}
            dataSource={told.rows}
            pagination={false}
            columns={[
              { key: 'step', title: say('goals.credit'), className: 'row-name', render: (_, row) => row.step ?? say('goals.unknown') },
              { key: 'reached', title: say('goals.reached'), align: 'right', render: (_, row) => Number(row.reached).toFixed(1) },
              { key: 'value', title: say('goals.value'), align: 'right', render: (_, row) => shown(row.value, 'money', told.currency, language) },
            ]}
          />
        )}
      </Wait>
    </Panel>
  );
}
