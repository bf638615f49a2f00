import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Alert, Descriptions, Tag } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { sharedOf, useAddress } from '../app/address';
import { shown, shownMoment } from '../app/format';
import { usesModule } from '../app/place';
import { useRights } from '../app/session';
import { Comments, Player } from '../parts/comments';
import { word } from '../parts/figure';
import { History } from '../parts/history';
import { Page, Panel } from '../parts/page';
import { useFieldName, useFieldText } from '../parts/record';
import { TagCall } from '../parts/tag-call';
import { WhySource } from '../parts/why-source';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Card = Schemas['CallCard'];

export default function CallCardScreen() {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const { number = '' } = useParams({ strict: false }) as { number?: string };
  const asked = useQuery({ queryKey: ['call', search.workspace, number], queryFn: () => got(api.GET('/api/v1/calls/{number}', { params: { path: { number: Number(number) } } })) });
  const title = asked.data === undefined ? number : shownMoment(asked.data.call.started_at, language);
  return (
    <Page title={say('card.title', { key: title })} controls="none">
      <p><Link to="/calls" search={sharedOf(search) as never}>← {say('card.back')}</Link></p>
      <Wait asked={asked} height={500}>{(card) => <CardParts card={card} />}</Wait>
    </Page>
  );
}

function CardParts({ card }: { card: Card }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const nameOf = useFieldName();
  const mayTag = useRights().has('facts.write');
  const fieldText = useFieldText();
  const { call } = card;
  const [second, setSecond] = useState<number | null>(null);
  const record = call.record ?? {};
  const names = Object.keys(record).filter((name) => typeof record[name] !== 'object');
  const times = names.filter((name) => name.endsWith('_at') || name.endsWith('_seconds'));
  const others = names.filter((name) => !times.includes(name));
  const item = (name: string) => ({ key: name, label: nameOf(name), children: name.endsWith('_seconds') ? shown(record[name] as number, 'seconds', 'CNY', language) : fieldText(record[name], name) });
  const columns = { xs: 1, sm: 2, lg: 3 };
  return (
    <div className="halves">
      <Panel title={say('card.facts')}>
        <Descriptions size="small" column={{ xs: 1, sm: 2 }} items={[{ key: 'status', label: say('field.status'), children: <Tag>{word(say, call.status, 'status')}</Tag> }, { key: 'who', label: nameOf('people'), children: Object.values(call.people).flat().join(' ') || '—' }, { key: 'key', label: nameOf('key'), children: `${call.source_system ?? ''} ${call.key ?? ''}` }, ...others.map(item)]} />
        {call.contact_id === null || call.contact_id === undefined ? null : (
          <p><Link to="/customers/$number" params={{ number: String(call.contact_id) } as never} search={sharedOf(search) as never}>{say('card.customer')} →</Link></p>
        )}
      </Panel>
      {record.direction === 'in' ? <Panel title={say('card.worth')}><Worth call={call} /></Panel> : null}
      <Panel title={say('card.money')}><Money money={card.money ?? null} /></Panel>
      {record.direction === 'in' && usesModule('call_tracking') ? <Panel title={say('why.title')}><WhySource number={call.fact_id} /></Panel> : null}
      {record.direction === 'in' && mayTag ? <Panel title={say('card.tag')}><TagCall number={call.fact_id} /></Panel> : null}
      {call.recording && usesModule('speech') ? <Panel title={say('card.recording')}><Player number={call.fact_id} at={second} /></Panel> : null}
      <Panel title={say('card.comments')}><Comments number={call.fact_id} onJump={call.recording ? setSecond : null} /></Panel>
      <Panel title={say('card.when')}><Descriptions size="small" column={columns} items={times.map(item)} /></Panel>
      <Panel title={say('card.history')}><History events={card.history} except={String(call.fact_id)} /></Panel>
    </div>
  );
}

const WORTH = ['call_class', 'classed_by', 'junk_reason', 'excluded_by', 'call_number', 'call_number_in_cycle', 'first_channel', 'first_campaign', 'cycle_channel', 'cycle_campaign', 'traffic', 'match_probability', 'is_unique', 'is_unique_target', 'is_repeat'] as const;

/** What the call counts as and who says so, which call of the person it is, and what began the chain. */
function Worth({ call }: { call: Card['call'] }) {
  const nameOf = useFieldName();
  const fieldText = useFieldText();
  const told = call as Record<string, unknown>;
  const known = WORTH.filter((name) => told[name] !== null && told[name] !== undefined);
  return <Descriptions size="small" column={{ xs: 1, sm: 2 }} items={known.map((name) => ({ key: name, label: nameOf(name), children: fieldText(told[name], name) }))} />;
}

function Money({ money }: { money: Card['money'] }) {
  const { say, read, language } = useTexts();
  if (money === null || money === undefined) return <p>{say('card.noCosts')}</p>;
  const write = (amount: string) => shown(amount, 'money', money.currency, language);
  return (
    <>
      {money.cost_unknown === null || money.cost_unknown === undefined ? null : <Alert type="warning" showIcon title={read(money.cost_unknown)} />}
      <Descriptions
        size="small"
        column={1}
        items={[
          { key: 'cost', label: say('card.cost'), children: <strong>{write(money.cost)}</strong> },
          ...money.costs.map((cost) => ({ key: cost.kind, label: read(cost.text), children: write(cost.amount) })),
          { key: 'net', label: say('card.net'), children: <strong>{write(money.net)}</strong> },
          ...money.deals.map((deal) => ({ key: deal.deal, label: `${say('kind.deal')} ${deal.products.join('、')}`, children: `${write(deal.net)} ${deal.won_at === null ? '' : shownMoment(deal.won_at, language)}` })),
        ]}
      />
    </>
  );
}
