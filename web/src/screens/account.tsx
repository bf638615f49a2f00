import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Descriptions, Form, Input, Popconfirm, QRCode, Segmented, Space, Table, Tag } from 'antd';
import { useState } from 'react';
import { type Me, type Schemas, api, got } from '../api/client';
import { placeOf, useMe } from '../api/questions';
import { shownMoment } from '../app/format';
import { keptInProfile } from '../app/profile';

import { signOut } from '../app/shell';
import { useAddress } from '../app/address';
import { Page, Panel } from '../parts/page';
import { ProblemNote, Wait } from '../parts/states';
import { keepTheme, themeOf } from '../parts/theme';
import { keepLanguage, useTexts } from '../texts/language';

type Session = Schemas['SessionBody'];
type Told = Error | string | null;

/** A step with what came of it: the text of its success, or its refusal. */
function useStep(): [Told, (step: () => Promise<unknown>, done: string) => Promise<boolean>] {
  const client = useQueryClient();
  const [told, setTold] = useState<Told>(null);
  const take = async (step: () => Promise<unknown>, done: string) => {
    try {
      await step();
      setTold(done);
      await client.invalidateQueries({ queryKey: ['me'] });
      return true;
    } catch (problem) {
      setTold(problem as Error);
      return false;
    }
  };
  return [told, take];
}

function Came({ of: told }: { of: Told }) {
  if (told instanceof Error) return <ProblemNote error={told} />;
  return told === null ? null : <Alert type="success" showIcon role="status" title={told} />;
}

export default function Account() {
  const { say } = useTexts();
  const me = useMe();
  return (
    <Page title={say('account.title')} hint={say('account.hint')} controls="none">
      <Wait asked={me} height={400}>
        {(found) => (
          <div className="halves">
            <Profile me={found} />
            {found.has_password ? <Password /> : null}
            {found.has_password ? <SecondFactor on={found.second_factor} /> : null}
            <Sessions />
          </div>
        )}
      </Wait>
    </Page>
  );
}

function Profile({ me }: { me: Me }) {
  const { say, language } = useTexts();
  const { search, set } = useAddress();
  const [told, take] = useStep();
  const place = placeOf(me, search.workspace);
  const themes = ['auto', 'light', 'dark'] as const;
  return (
    <Panel title={say('account.profile')}>
      <Came of={told} />
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: 'email', label: say('users.email'), children: me.email },
          { key: 'role', label: say('users.role'), children: `${place?.role_text[language] ?? ''} · ${place?.name ?? ''}` },
        ]}
      />
      <Form layout="inline" className="inline-form" initialValues={{ name: me.name }} requiredMark={false} onFinish={({ name }: { name: string }) => void take(() => got(api.PATCH('/api/v1/me', { body: { name } })), say('settings.saved'))}>
        <Form.Item name="name" label={say('users.name')} rules={[{ required: true, message: say('enter.required') }]}><Input maxLength={100} autoComplete="name" /></Form.Item>
        <Button htmlType="submit">{say('account.save')}</Button>
      </Form>
      <p><Button onClick={() => void signOut()}>{say('account.signOut')}</Button></p>
      <p className="hint">{say('account.kept')}</p>
      <Space wrap>
        <Segmented
          aria-label={say('account.language')}
          value={language}
          options={[{ value: 'zh', label: '中文' }, { value: 'en', label: 'English' }]}
          onChange={(wanted) => {
            keepLanguage(wanted as 'zh' | 'en');
            set({ lang: null }, true);
            void take(() => keptInProfile({ language: wanted as 'zh' | 'en' }), say('settings.saved'));
          }}
        />
        <Segmented
          aria-label={say('account.theme')}
          value={me.theme}
          options={themes.map((theme) => ({ value: theme as string, label: say(`account.${theme}`) }))}
          onChange={(wanted) => {
            keepTheme(themeOf(String(wanted)));
            set({ theme: null }, true);
            void take(() => keptInProfile({ theme: wanted as (typeof themes)[number] }), say('settings.saved'));
          }}
        />
      </Space>
    </Panel>
  );
}

function Password() {
  const { say } = useTexts();
  const [form] = Form.useForm<{ present: string; new: string; again: string }>();
  const [told, take] = useStep();
  const required = [{ required: true, message: say('enter.required') }];
  const change = async (typed: { present: string; new: string }) => {
    if (await take(() => got(api.POST('/api/v1/me/password', { body: { present: typed.present, new: typed.new } })), say('account.passwordChanged'))) form.resetFields();
  };
  return (
    <Panel title={say('account.password')} hint={say('account.passwordHint')}>
      <Came of={told} />
      <Form form={form} layout="vertical" onFinish={(typed) => void change(typed)} requiredMark={false}>
        <Form.Item name="present" label={say('account.present')} rules={required}><Input.Password autoComplete="current-password" visibilityToggle={false} /></Form.Item>
        <Form.Item name="new" label={say('account.new')} rules={required}><Input.Password autoComplete="new-password" visibilityToggle={false} /></Form.Item>
        <Form.Item
          name="again"
          label={say('account.again')}
          dependencies={['new']}
          rules={[...required, ({ getFieldValue }) => ({ validator: async (_, value) => (value === getFieldValue('new') ? undefined : Promise.reject(new Error(say('account.differs')))) })]}
        >
          <Input.Password autoComplete="new-password" visibilityToggle={false} />
        </Form.Item>
        <Button type="primary" htmlType="submit">{say('account.change')}</Button>
      </Form>
    </Panel>
  );
}

function SecondFactor({ on }: { on: boolean }) {
  const { say } = useTexts();
  const [told, take] = useStep();
  const [secret, setSecret] = useState<Schemas['SecretBody'] | null>(null);
  const [codes, setCodes] = useState<readonly string[]>([]);
  const required = [{ required: true, message: say('enter.required') }];
  const begin = (password: string) => take(async () => setSecret(await got(api.POST('/api/v1/me/second-factor', { body: { password } }))), say('account.scan'));
  const confirm = (code: string) =>
    take(async () => {
      setCodes((await got(api.POST('/api/v1/me/second-factor/confirm', { body: { code } }))).codes);
      setSecret(null);
    }, say('account.factorOn'));
  const end = (password: string) => take(() => got(api.POST('/api/v1/me/second-factor/end', { body: { password } })), say('account.factorOff')).then(() => setCodes([]));
  return (
    <Panel title={say('account.factor')} hint={say('account.factorHint')} extra={<Tag color={on ? 'blue' : undefined}>{say(on ? 'account.on' : 'account.off')}</Tag>}>
      <Came of={told} />
      {codes.length === 0 ? null : <Alert type="warning" showIcon title={say('account.codes')} description={<code className="codes">{codes.join('  ')}</code>} />}
      {secret === null ? (
        <Form key={String(on)} layout="vertical" requiredMark={false} onFinish={({ password }: { password: string }) => void (on ? end(password) : begin(password))}>
          <Form.Item name="password" label={say('account.present')} rules={required}><Input.Password autoComplete="current-password" visibilityToggle={false} /></Form.Item>
          <Button htmlType="submit" danger={on}>{say(on ? 'account.turnOff' : 'account.turnOn')}</Button>
        </Form>
      ) : (
        <>
          <QRCode value={secret.address} bgColor="#fff" color="#000" />
          <p>{say('account.typed')} <code>{secret.secret}</code></p>
          <Form layout="inline" className="inline-form" requiredMark={false} onFinish={({ code }: { code: string }) => void confirm(code)}>
            <Form.Item name="code" label={say('account.code')} rules={required}><Input autoComplete="one-time-code" inputMode="numeric" maxLength={16} /></Form.Item>
            <Button type="primary" htmlType="submit">{say('account.confirm')}</Button>
          </Form>
        </>
      )}
    </Panel>
  );
}

function Sessions() {
  const { say, language } = useTexts();
  const client = useQueryClient();
  const [told, take] = useStep();
  const asked = useQuery({ queryKey: ['sessions'], queryFn: () => got(api.GET('/api/v1/me/sessions')) });
  const end = (step: () => Promise<unknown>) => void take(step, say('account.ended')).then(() => client.invalidateQueries({ queryKey: ['sessions'] }));
  return (
    <Panel
      title={say('account.sessions')}
      extra={
        <Popconfirm title={say('account.endAll')} onConfirm={() => end(() => got(api.DELETE('/api/v1/me/sessions')))}>
          <Button size="small">{say('account.endOthers')}</Button>
        </Popconfirm>
      }
    >
      <Came of={told} />
      <Wait asked={asked}>
        {({ sessions }) => (
          <Table<Session>
            size="small"
            rowKey="id"
            dataSource={sessions}
            pagination={false}
            scroll={{ x: 'max-content' }}
            columns={[
              { key: 'browser', title: say('account.browser'), className: 'what', render: (_, one) => browserName(one.browser) },
              { key: 'address', title: say('audit.address'), dataIndex: 'address' },
              { key: 'seen', title: say('users.seen'), render: (_, one) => shownMoment(one.seen_at, language) },
              {
                key: 'end',
                title: say('account.end'),
                render: (_, one) =>
                  one.present ? (
                    <Tag>{say('account.thisOne')}</Tag>
                  ) : (
                    <Button size="small" aria-label={`${say('account.end')} ${one.id}`} onClick={() => end(() => got(api.DELETE('/api/v1/me/sessions/{session}', { params: { path: { session: one.id } } })))}>
                      {say('account.end')}
                    </Button>
                  ),
              },
            ]}
          />
        )}
      </Wait>
    </Panel>
  );
}

const BROWSERS = [/Edg\/\d+/, /OPR\/\d+/, /MicroMessenger\/\d+/, /Firefox\/\d+/, /Chrome\/\d+/, /Version\/\d+(?=.*Safari)/];
const SYSTEMS = [/Windows NT/, /Android/, /iPhone|iPad/, /Mac OS X/, /Linux/];

/** Enough of a browser's long name to know one's own again. */
function browserName(text: string): string {
  const found = [BROWSERS, SYSTEMS].map((known) => known.map((one) => one.exec(text)?.[0]).find((name) => name !== undefined));
  return found.filter((name) => name !== undefined).join(' · ') || text || '—';
}
