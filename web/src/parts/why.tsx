import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Table } from 'antd';
import { api, got } from '../api/client';
import { sharedOf, useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { useTexts } from '../texts/language';
import { word } from './figure';
import { modelName } from './models';
import { Nothing, Wait } from './states';

/** Every touch of a deal with its share under each model. */
export function Why({ deal }: { deal: string }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const asked = useQuery({
    queryKey: ['why', search.workspace, deal],
    // The number is longer than a number of the browser holds.
    queryFn: () => got(api.GET('/api/v1/journeys/why/{deal_id}', { params: { path: { deal_id: deal as unknown as number } } })),
  });
  return (
    <Wait asked={asked} height={300}>
      {(found) => (
        <>
          {found.touches.length === 0 ? (
            <Nothing title={say('credited.none')}>{' '}</Nothing>
          ) : (
            <Table
              size="small"
              rowKey="position"
              pagination={false}
              dataSource={found.touches}
              scroll={{ x: 'max-content' }}
              columns={[
                { key: 'at', title: say('credited.when'), render: (_, touch) => shownMoment(touch.at, language) },
                { key: 'kind', title: say('field.kind'), className: 'row-name', render: (_, touch) => word(say, touch.kind, 'kind') },
                { key: 'channel', title: say('field.channel'), render: (_, touch) => [touch.channel === null ? null : word(say, touch.channel, 'channel'), touch.campaign, touch.keyword].filter((part) => part !== null).join(' · ') || say('row.unknown') },
                { key: 'agent', title: say('field.agent'), render: (_, touch) => touch.agent ?? '' },
                { key: 'before', title: say('credited.before'), align: 'right', render: (_, touch) => touch.days_before.toFixed(1) },
                ...found.models.map((model, place) => ({
                  key: model,
                  title: modelName(say, model),
                  align: 'right' as const,
                  render: (_: unknown, touch: (typeof found.touches)[number]) => `${shown(touch.value[place] ?? null, 'money', found.currency, language)} (${shown(touch.shares[place] ?? null, 'share', found.currency, language)})`,
                })),
              ]}
            />
          )}
          <p className="hint"><Link to={'/ways' as never} search={sharedOf(search) as never}>{say('credited.next')}</Link></p>
        </>
      )}
    </Wait>
  );
}
