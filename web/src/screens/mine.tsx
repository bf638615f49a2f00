import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, DatePicker, Table } from 'antd';
import dayjs from 'dayjs';
import { type Schemas, api, got } from '../api/client';
import { useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { isDay, localToday, plusDays } from '../app/period';
import { word } from '../parts/figure';
import { Page, Panel } from '../parts/page';
import { Scorecard } from '../parts/scorecard';
import { Nothing, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Log = Schemas['CallLog'];

/** What an agent sees: the own day and the own calls. */
export default function Mine() {
  const { say, read, language } = useTexts();
  const { search, set } = useAddress();
  const day = search.day !== undefined && isDay(search.day) ? search.day : localToday();
  const asked = useQuery({ queryKey: ['mine', search.workspace, day], refetchInterval: 30_000, queryFn: () => got(api.GET('/api/v1/mine/day', { params: { query: { day } } })) });
  return (
    <Page title={say('mine.title')} hint={say('mine.hint')} controls="none">
      <div className="bar">
        <DatePicker aria-label={say('mine.day')} value={dayjs(day)} allowClear={false} onChange={(chosen) => chosen && set({ day: chosen.format('YYYY-MM-DD') })} />
      </div>
      <Wait asked={asked} height={154}>
        {(data) => (
          <ul className="tiles">
            {data.figures.map((figure) => (
              <li key={figure.key} className="tile">
                <span className="tile-name">{read(figure.text)}</span>
                <strong className="tile-value">{shown(figure.value, figure.unit, data.currency, language)}</strong>
                <p className="tile-change">{figure.value === null ? read(figure.reason) : ''}</p>
                <p className="tile-meaning">{read(figure.meaning)}</p>
              </li>
            ))}
          </ul>
        )}
      </Wait>
      {asked.error === null ? <MyScorecard day={day} /> : null}
      {asked.error === null ? <MyCalls day={day} /> : null}
    </Page>
  );
}

/** The month of that day so far, by the team's scorecard; nothing where the team has none. */
function MyScorecard({ day }: { day: string }) {
  const { say } = useTexts();
  const { search } = useAddress();
  const from = `${day.slice(0, 7)}-01`;
  const asked = useQuery({ queryKey: ['my-scorecard', search.workspace, day], retry: false, queryFn: () => got(api.GET('/api/v1/mine/scorecard', { params: { query: { from, to: plusDays(day, 1) } } })) });
  return asked.data === undefined ? null : (
    <Panel title={say('scorecards.mine')} hint={`${from} – ${day}`}>
      {asked.data.cards.map((card) => <Scorecard key={card.team} card={card} opens={false} />)}
    </Panel>
  );
}

function MyCalls({ day }: { day: string }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const asked = useInfiniteQuery({
    queryKey: ['my-calls', search.workspace, day],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => got(api.GET('/api/v1/mine/calls', { params: { query: { from: day, to: plusDays(day, 1), next: pageParam, limit: 100 } } })) as Promise<Log>,
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const first = asked.data?.pages[0];
  return (
    <Panel title={say('mine.calls')}>
      <Wait asked={{ ...asked, data: first }}>
        {(page) =>
          page.calls.length === 0 ? (
            <Nothing />
          ) : (
            <>
              <Table
                size="small"
                rowKey="fact_id"
                dataSource={asked.data?.pages.flatMap((one) => one.calls) ?? []}
                pagination={false}
                scroll={{ x: 'max-content' }}
                columns={[
                  { key: 'at', title: say('field.at'), render: (_, call) => shownMoment(call.started_at, language) },
                  { key: 'direction', title: say('field.direction'), render: (_, call) => word(say, call.direction) },
                  { key: 'result', title: say('field.result'), render: (_, call) => word(say, call.result ?? 'unknown', 'result') },
                  { key: 'talk', title: say('field.talk_seconds'), align: 'right', render: (_, call) => shown(call.talk_seconds, 'seconds', 'CNY', language) },
                  { key: 'people', title: say('field.people'), render: (_, call) => Object.values(call.people).flat().join(' ') },
                ]}
              />
              {asked.hasNextPage ? <Button onClick={() => void asked.fetchNextPage()}>{say('records.more')}</Button> : null}
            </>
          )
        }
      </Wait>
    </Panel>
  );
}
