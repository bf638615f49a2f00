import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { Problem, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { Entrance } from '../parts/entrance';
import { ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

interface Typed {
  email: string;
  password: string;
  code?: string;
}

export default function SignIn() {
  const { say } = useTexts();
  const entrance = useQuery({ queryKey: ['sign-in'], queryFn: () => got(api.GET('/api/v1/sign-in')) });
  return (
    <Entrance title={say('enter.title')}>
      <Wait asked={entrance} height={160}>
        {(data) => (
          <>
            {data.set_up ? <SignInForm /> : <Alert type="info" showIcon title={say('enter.noOwner')} />}
            {data.openid === null || data.openid === undefined ? null : <p><a href="/api/v1/sign-in/openid">{say('enter.openid', { name: data.openid })}</a></p>}
          </>
        )}
      </Wait>
    </Entrance>
  );
}

function SignInForm() {
  const { say } = useTexts();
  const { search } = useAddress();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const needsCode = error instanceof Problem && ['second_factor_needed', 'wrong_code'].includes(error.code);
  const enter = async (typed: Typed) => {
    setBusy(true);
    try {
      await got(api.POST('/api/v1/sign-in', { body: typed }));
      client.clear();
      // Only a path of our own: an address from elsewhere must not lead away after signing in.
      const next = search.next?.startsWith('/') && !search.next.startsWith('//') ? search.next : '/';
      await navigate({ href: next } as never);
    } catch (problem) {
      setError(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  const required = [{ required: true, message: say('enter.required') }];
  return (
    <Form<Typed> layout="vertical" onFinish={(typed) => void enter(typed)} requiredMark={false}>
      {error === null ? null : <ProblemNote error={error} />}
      <Form.Item name="email" label={say('enter.email')} rules={required}>
        <Input type="email" autoComplete="username" autoFocus />
      </Form.Item>
      <Form.Item name="password" label={say('enter.password')} rules={required}>
        <Input.Password autoComplete="current-password" visibilityToggle={false} />
      </Form.Item>
      {needsCode ? (
        <Form.Item name="code" label={say('enter.code')} rules={required}>
          <Input autoComplete="one-time-code" />
        </Form.Item>
      ) : null}
      <Button type="primary" htmlType="submit" loading={busy} block>
        {say('enter.go')}
      </Button>
    </Form>
  );
}
