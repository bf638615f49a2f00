import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Form, Input, Popconfirm, Select, Table, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { useMe } from '../api/questions';
import { shownMoment } from '../app/format';
import { Page, Panel } from '../parts/page';
import { ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type NewUser = Schemas['NewUser'];
type Role = NewUser['role'];

export default function Users() {
  const { say, language } = useTexts();
  const me = useMe().data;
  const client = useQueryClient();
  const [told, setTold] = useState<Error | string | null>(null);
  const asked = useQuery({ queryKey: ['users'], queryFn: () => got(api.GET('/api/v1/users')) });
  const act = async (step: () => Promise<unknown>) => {
    try {
      await step();
      setTold(null);
    } catch (problem) {
      setTold(problem as Error);
    }
    await client.invalidateQueries({ queryKey: ['users'] });
  };
  const invite = async (typed: NewUser) => {
    try {
      const added = await got(api.POST('/api/v1/users', { body: typed }));
      setTold(added.invitation === null ? null : `${window.location.origin}/invitation#token=${added.invitation}`);
      await client.invalidateQueries({ queryKey: ['users'] });
    } catch (problem) {
      setTold(problem as Error);
    }
  };
  return (
    <Page title={say('users.title')} hint={say('users.hint')} controls="none">
      {told instanceof Error ? <ProblemNote error={told} /> : null}
      {typeof told === 'string' ? <Alert type="success" title={say('users.link')} description={<code>{told}</code>} /> : null}
      <Wait asked={asked} height={300}>
        {(data) => {
          const roles = data.roles.map((role) => ({ value: role.role, label: role.text[language] }));
          return (
            <>
              <Panel title={say('users.invite')}>
                <Form<NewUser> layout="inline" onFinish={(typed) => void invite(typed)} initialValues={{ role: 'analyst' }} requiredMark={false}>
                  <Form.Item name="name" label={say('users.name')} rules={[{ required: true, message: say('enter.required') }]}><Input /></Form.Item>
                  <Form.Item name="email" label={say('users.email')} rules={[{ required: true, message: say('enter.required') }]}><Input type="email" /></Form.Item>
                  <Form.Item name="role" label={say('users.role')}><Select options={roles} popupMatchSelectWidth={false} /></Form.Item>
                  <Form.Item name="agent" label={say('users.agent')}><Input style={{ width: 110 }} /></Form.Item>
                  <Form.Item name="team" label={say('users.team')}><Input style={{ width: 110 }} /></Form.Item>
                  <Button htmlType="submit" type="primary">{say('users.invite')}</Button>
                </Form>
              </Panel>
              <Panel>
                <Table
                  size="small"
                  rowKey="id"
                  dataSource={data.users}
                  pagination={false}
                  scroll={{ x: 'max-content' }}
                  columns={[
                    { key: 'name', title: say('users.name'), render: (_, user) => <>{user.name} {user.invited ? <Tag>{say('users.invited')}</Tag> : null}{user.disabled ? <Tag color="red">{say('users.disabled')}</Tag> : null}</> },
                    { key: 'email', title: say('users.email'), dataIndex: 'email' },
                    {
                      key: 'role',
                      title: say('users.role'),
                      render: (_, user) => (
                        <Select
                          aria-label={`${say('users.role')}: ${user.name}`}
                          value={user.role}
                          options={roles}
                          popupMatchSelectWidth={false}
                          onChange={(role: Role) => void act(() => got(api.PATCH('/api/v1/users/{user}', { params: { path: { user: user.id } }, body: { role } })))}
                        />
                      ),
                    },
                    ...(['agent', 'team'] as const).map((what) => ({
                      key: what,
                      title: say(`users.${what}`),
                      render: (_: unknown, user: Schemas['UserBody']) => (
                        <Kept
                          key={user[what] ?? ''}
                          label={`${say(`users.${what}`)}: ${user.name}`}
                          value={user[what] ?? ''}
                          keep={(text) => void act(() => got(api.PATCH('/api/v1/users/{user}', { params: { path: { user: user.id } }, body: { [what]: text } })))}
                        />
                      ),
                    })),
                    { key: 'seen', title: say('users.seen'), render: (_, user) => (user.last_seen_at === null ? '' : shownMoment(user.last_seen_at, language)) },
                    {
                      key: 'do',
                      title: say('exports.do'),
                      render: (_, user) =>
                        user.disabled ? (
                          <Button size="small" aria-label={`${say('users.enable')} ${user.name}`} onClick={() => void act(() => got(api.POST('/api/v1/users/{user}/enable', { params: { path: { user: user.id } } })))}>
                            {say('users.enable')}
                          </Button>
                        ) : user.id === me?.id ? null : (
                          <Popconfirm title={say('users.disabling', { name: user.name })} onConfirm={() => void act(() => got(api.POST('/api/v1/users/{user}/disable', { params: { path: { user: user.id } } })))}>
                            <Button size="small" aria-label={`${say('users.disable')} ${user.name}`}>{say('users.disable')}</Button>
                          </Popconfirm>
                        ),
                    },
                  ]}
                />
              </Panel>
            </>
          );
        }}
      </Wait>
    </Page>
  );
}

/** A text that is kept when it is left or Enter is pressed. */
function Kept({ label, value, keep }: { label: string; value: string; keep: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const done = () => {
    if (typed.trim() !== value) keep(typed.trim());
  };
  return <Input size="small" style={{ width: 110 }} aria-label={label} value={typed} onChange={(event) => setTyped(event.target.value)} onBlur={done} onPressEnter={done} />;
}
