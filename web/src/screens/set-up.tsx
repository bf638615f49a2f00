import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { api, got } from '../api/client';
import { Entrance, tokenInAddress } from '../parts/entrance';
import { ProblemNote } from '../parts/states';
import { useTexts } from '../texts/language';

interface Typed {
  email: string;
  name: string;
  password: string;
}

export default function SetUp() {
  const { say, language } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const token = tokenInAddress();
  const make = async (typed: Typed) => {
    setBusy(true);
    try {
      await got(api.POST('/api/v1/set-up', { body: { ...typed, token: token ?? '', language } }));
      client.clear();
      await navigate({ to: '/' });
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, message: say('enter.required') }];
  return (
    <Entrance title={say('setup.title')} hint={say('setup.hint')}>
      {token === null ? <Alert type="warning" showIcon title={say('setup.noToken')} /> : null}
      {error === null ? null : <ProblemNote error={error} />}
      <Form<Typed> layout="vertical" onFinish={(typed) => void make(typed)} requiredMark={false} disabled={token === null}>
        <Form.Item name="name" label={say('setup.name')} rules={required}><Input autoComplete="name" autoFocus /></Form.Item>
        <Form.Item name="email" label={say('enter.email')} rules={required}><Input type="email" autoComplete="username" /></Form.Item>
        <Form.Item name="password" label={say('setup.password')} rules={required}><Input.Password autoComplete="new-password" visibilityToggle={false} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={busy} block>{say('setup.go')}</Button>
      </Form>
    </Entrance>
  );
}
