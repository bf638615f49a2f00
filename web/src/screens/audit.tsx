import { useQuery } from '@tanstack/react-query';
import { Table } from 'antd';
import { api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { Page, Panel } from '../parts/page';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

export default function Audit() {
  const { say, language } = useTexts();
  const asked = useQuery({ queryKey: ['audit'], queryFn: () => got(api.GET('/api/v1/audit', { params: { query: { limit: 1000 } } })) });
  return (
    <Page title={say('audit.title')} hint={say('audit.hint')} controls="none">
      <Panel>
        <Wait asked={asked} height={400}>
          {(data) => (
            <Table
              size="small"
              rowKey="id"
              dataSource={data.entries}
              scroll={{ x: 'max-content' }}
              pagination={{ pageSize: 50, showSizeChanger: false, hideOnSinglePage: true }}
              columns={[
                { key: 'at', title: say('audit.at'), render: (_, line) => shownMoment(line.at, language) },
                { key: 'actor', title: say('audit.actor'), dataIndex: 'actor' },
                { key: 'action', title: say('audit.action'), render: (_, line) => <code>{line.action}</code> },
                { key: 'target', title: say('audit.target'), dataIndex: 'target' },
                { key: 'address', title: say('audit.address'), dataIndex: 'address' },
              ]}
            />
          )}
        </Wait>
      </Panel>
    </Page>
  );
}
