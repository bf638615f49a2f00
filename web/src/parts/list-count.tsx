import { Alert, Button, DatePicker, Form, Input, Select } from 'antd';
import dayjs, { type Dayjs } from 'dayjs';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { localToday, pickedInstant, plusDays } from '../app/period';
import { useTexts } from '../texts/language';
import { Panel } from './page';
import type { Act } from './resource';

interface Wanted { list: string; at: Dayjs; purpose: string }

const MORNING = '10:00';

/** How many of a list may be called at a moment, and what forbids the others. */
export function ListCount({ act }: { act: Act }) {
  const { say, language } = useTexts();
  const [counted, setCounted] = useState<Schemas['CountedBody'] | null>(null);
  const required = [{ required: true, message: say('enter.required') }];
  const tomorrow = dayjs(`${plusDays(localToday(), 1)}T${MORNING}`);
  const count = ({ list, at, purpose }: Wanted) =>
    act(async () => {
      setCounted(null);
      setCounted(await got(api.POST('/api/v1/gate/count', { body: { list: list.trim(), at: pickedInstant(at), purpose, channel: 'call' } })));
    });
  return (
    <Panel title={say('count.title')}>
      <Form<Wanted> layout="inline" className="inline-form" requiredMark={false} initialValues={{ at: tomorrow, purpose: 'marketing' }} onFinish={count}>
        <Form.Item name="list" label={say('count.list')} rules={required}><Input autoComplete="off" /></Form.Item>
        <Form.Item name="at" label={say('count.at')} rules={required}><DatePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" /></Form.Item>
        <Form.Item name="purpose" label={say('count.purpose')}>
          <Select style={{ minWidth: 140 }} options={(['marketing', 'callback', 'service'] as const).map((value) => ({ value, label: say(`consent.${value}`) }))} />
        </Form.Item>
        <Button htmlType="submit" type="primary">{say('count.count')}</Button>
      </Form>
      {counted === null ? null : (
        <Alert
          type={counted.callable === 0 ? 'warning' : 'success'}
          showIcon
          title={counted.asked === 0 ? say('count.nobody') : say('count.answer', { callable: String(counted.callable), asked: String(counted.asked) })}
          description={<ul data-counted>{counted.reasons.map((one) => <li key={one.code}>{one.text[language]}: {one.count}</li>)}</ul>}
        />
      )}
    </Panel>
  );
}
