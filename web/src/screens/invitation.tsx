import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Alert, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { api, got } from '../api/client';
import { keptInProfile } from '../app/profile';
import { Entrance, tokenInAddress } from '../parts/entrance';
import { ProblemNote } from '../parts/states';
import { useTexts } from '../texts/language';

export default function Invitation() {
  const { say, language } = useTexts();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [error, setError] = useState<Error | null>(null);
  const token = tokenInAddress();
  const take = async (typed: { password: string }) => {
    try {
      await got(api.POST('/api/v1/invitation', { body: { token: token ?? '', password: typed.password } }));
      // Who comes in reads on in the language the invitation was read in.
      await keptInProfile({ language });
      client.clear();
      await navigate({ to: '/' });
    } catch (problem) {
      setError(problem as Error);
    }
  };
  return (
    <Entrance title={say('invitation.title')}>
      {token === null ? <Alert type="warning" showIcon title={say('setup.noToken')} /> : null}
      {error === null ? null : <ProblemNote error={error} />}
      <Form layout="vertical" onFinish={(typed) => void take(typed as { password: string })} requiredMark={false} disabled={token === null}>
        <Form.Item name="password" label={say('setup.password')} rules={[{ required: true, message: say('enter.required') }]}>
          <Input.Password autoComplete="new-password" visibilityToggle={false} autoFocus />
        </Form.Item>
        <Button type="primary" htmlType="submit" block>{say('invitation.go')}</Button>
      </Form>
    </Entrance>
  );
}
