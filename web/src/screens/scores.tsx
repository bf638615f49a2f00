import { useQuery } from '@tanstack/react-query';
import { Table } from 'antd';
import { api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

const ITEMS = ['budget', 'authority', 'need', 'timing', 'fit'] as const;
const three = (value: number | null | undefined) => (value == null ? '—' : value.toFixed(3));
const percent = (value: number | null | undefined) => (value == null ? '—' : `${(value * 100).toFixed(0)} %`);
const drifted = (value: number) => (value > 0.25 ? 'much' : value > 0.1 ? 'some' : 'none');

/** How the scores of leads do: on leads not seen, against the leads that come now, beside what sales say. */
export default function Scores() {
  const { say, read, language } = useTexts();
  const { search } = useAddress();
  const asked = useQuery({ queryKey: ['lead-scores', search.workspace], queryFn: () => got(api.GET('/api/v1/lead-scores')) });
  return (
    <Page title={say('scores.title')} hint={say('scores.hint')} controls="none">
      <Wait asked={asked} height={300}>
        {(data) => (
          <>
            <Tiles
              values={[
                [say('scores.model'), codeText(say, 'scores.model', data.model)],
                [say('scores.leads'), data.leads],
                [say('scores.learnt'), data.learnt_at === null ? '—' : shownMoment(data.learnt_at, language)],
                [say('scores.auc'), three(data.held_back?.auc)],
                [say('scores.error'), three(data.held_back?.calibration_error)],
                [say('scores.tenth'), percent(data.held_back?.best_tenth)],
              ]}
            />
            {data.held_back?.too_good ? <p>{say('scores.tooGood')}</p> : null}
            <Panel title={say('scores.drift')}>
              {data.drift.length === 0 ? (
                <Nothing title={say('scores.few')}>{' '}</Nothing>
              ) : (
                <Table
                  size="small"
                  rowKey={(row) => row.name.en}
                  dataSource={data.drift}
                  pagination={false}
                  columns={[
                    { key: 'feature', title: say('scores.feature'), render: (_, row) => read(row.name) },
                    { key: 'value', title: say('scores.drift'), render: (_, row) => `${three(row.value)} · ${say(`scores.${drifted(row.value)}`)}` },
                  ]}
                />
              )}
            </Panel>
            <Panel title={say('scores.ratings')}>
              <Tiles values={[[say('scores.number'), data.rated], [say('scores.agreement'), three(data.agreement)]]} />
              {data.by_rating.length === 0 ? null : (
                <Table
                  size="small"
                  rowKey="rating"
                  dataSource={data.by_rating}
                  pagination={false}
                  columns={[
                    { key: 'rating', title: say('scores.rating'), dataIndex: 'rating' },
                    { key: 'n', title: say('scores.number'), dataIndex: 'n' },
                    { key: 'score', title: say('scores.mean'), render: (_, row) => three(row.score) },
                  ]}
                />
              )}
            </Panel>
            <Panel title={say('scores.bant')}>
              <Tiles values={[[say('scores.bant'), percent(data.completeness)], ...ITEMS.map((name) => [say(`scores.${name}`), `${data.known[name] ?? 0} / ${data.asked}`] as const)]} />
            </Panel>
          </>
        )}
      </Wait>
    </Page>
  );
}

function Tiles({ values }: { values: readonly (readonly [string, string | number])[] }) {
  return (
    <ul className="tiles">
      {values.map(([name, value]) => (
        <li key={name} className="tile"><span className="tile-name">{name}</span><strong className="tile-value">{value}</strong></li>
      ))}
    </ul>
  );
}
