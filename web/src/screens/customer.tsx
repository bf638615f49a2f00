import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { Descriptions } from 'antd';
import { api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown } from '../app/format';
import { History } from '../parts/history';
import { Page, Panel } from '../parts/page';
import { useFieldName, useFieldText } from '../parts/record';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

export default function CustomerScreen() {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const nameOf = useFieldName();
  const fieldText = useFieldText();
  const { number = '' } = useParams({ strict: false }) as { number?: string };
  const asked = useQuery({ queryKey: ['customer', search.workspace, number], queryFn: () => got(api.GET('/api/v1/customers/{number}', { params: { path: { number: Number(number) } } })) });
  return (
    <Page title={say('customer.title', { key: number })} controls="none">
      <Wait asked={asked} height={500}>
        {(data) => {
          const { currency, net, talk_seconds: talk, ...rest } = data.customer as Record<string, string | number | null>;
          const said = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
          return (
            <div className="halves">
              <Panel title={say('customer.about')}>
                <Descriptions
                  size="small"
                  column={{ xs: 1, sm: 2 }}
                  items={[
                    { key: 'people', label: nameOf('people'), children: Object.values(data.people).flat().join(' ') || '—' },
                    { key: 'net', label: say('card.net'), children: shown(net, 'money', String(currency), language) },
                    { key: 'talk', label: nameOf('talk_seconds'), children: shown(talk, 'seconds', String(currency), language) },
                    ...said.map(([name, value]) => ({ key: name, label: nameOf(name), children: fieldText(value, name) })),
                  ]}
                />
              </Panel>
              <Panel title={say('customer.history')}><History events={data.history} /></Panel>
            </div>
          );
        }}
      </Wait>
    </Page>
  );
}
