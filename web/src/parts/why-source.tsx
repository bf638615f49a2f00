import { useQuery } from '@tanstack/react-query';
import { Alert, Table } from 'antd';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { useTexts } from '../texts/language';
import { scrolledByKeys } from './resource';
import { sourceText, word } from './figure';
import { Wait } from './states';

type Candidate = Schemas['CandidateBody'];

/** Why a call is counted under its source: each visit that could have led to it, with what speaks for it. */
export function WhySource({ number }: { number: number }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const asked = useQuery({ queryKey: ['call', search.workspace, number, 'source'], queryFn: () => got(api.GET('/api/v1/calls/{number}/source', { params: { path: { number } } })) });
  const share = (value: number | null) => shown(value, 'share', 'CNY', language);
  const reason = (one: Candidate) =>
    [
      say(`why.${one.state}`, { time: shown(one.seconds, 'seconds', 'CNY', language) }),
      one.same_region === null ? say('why.noRegion') : say(one.same_region ? 'why.sameRegion' : 'why.otherRegion'),
      one.overflow ? say('why.shared') : '',
    ]
      .filter(Boolean)
      .join(language === 'zh' ? '；' : '; ');
  return (
    <Wait asked={asked} height={80}>
      {(found) => (
        <>
          <p>{say(`why.how.${found.how}`, { channel: found.channel == null ? '—' : word(say, found.channel, 'channel'), share: share(found.probability) })}</p>
          {found.how === 'visits' && found.channel === 'unattributed' ? <Alert type="info" showIcon title={say('why.unattributed')} /> : null}
          {found.candidates.length === 0 ? null : (
            <div ref={scrolledByKeys}>
            <Table<Candidate>
              size="small"
              rowKey={(one) => `${one.leased_at} ${one.probability} ${one.seconds}`}
              pagination={false}
              scroll={{ x: 'max-content' }}
              dataSource={[...found.candidates]}
              columns={[
                { key: 'chance', title: say('why.chance'), align: 'right', render: (_, one) => share(one.probability) },
                { key: 'visit', title: say('why.visit'), render: (_, one) => shownMoment(one.leased_at, language) },
                { key: 'source', title: say('field.source'), className: 'what', render: (_, one) => sourceText(say, one) },
                { key: 'reason', title: say('why.reason'), className: 'what', render: (_, one) => reason(one) },
              ]}
            />
            </div>
          )}
          {found.nobody === null ? null : <p>{say('why.nobody', { share: share(found.nobody) })}</p>}
        </>
      )}
    </Wait>
  );
}
