import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type Schemas, api, got } from '../api/client';
import { sharedOf, useAddress } from '../app/address';
import { localToday, plusDays } from '../app/period';
import { Page, Panel } from '../parts/page';
import { Scorecard } from '../parts/scorecard';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

type Card = Schemas['FilledScorecard'];
const EXAMPLE = '深圳一组: dials 80 30; connect_rate 30% 30; call_conversion 5% 40';

/** Every team's people against its targets. */
export default function Scorecards() {
  const { say } = useTexts();
  const { search, period } = useAddress();
  const to = period.to ?? plusDays(localToday(), 1);
  const from = period.from ?? plusDays(to, -30);
  const asked = useQuery({ queryKey: ['scorecards', search.workspace, from, to], queryFn: () => got(api.GET('/api/v1/scorecards', { params: { query: { from, to } } })) });
  return (
    <Page title={say('scorecards.title')} hint={say('scorecards.hint')} controls="period">
      <Wait asked={asked} height={400}>
        {(found) => (found.cards.length === 0 ? <None /> : found.cards.map((card) => <Team key={card.team} card={card} />))}
      </Wait>
    </Page>
  );
}

function None() {
  const { say } = useTexts();
  const { search } = useAddress();
  return (
    <Panel>
      <p>{say('scorecards.none')}</p>
      <p><code>{EXAMPLE}</code></p>
      <p><Link to={'/settings' as never} search={sharedOf(search) as never}>{say('scorecards.settings')}</Link></p>
    </Panel>
  );
}

function Team({ card }: { card: Card }) {
  const { say, read } = useTexts();
  const known = card.whole.parts.flatMap((part, place) => (part.attainment === null ? [] : [{ name: card.parts[place]?.text, percent: Number(part.attainment) }]));
  const widest = known.length === 0 ? undefined : known.reduce((worst, one) => (one.percent < worst.percent ? one : worst));
  return (
    <Panel title={card.team} hint={say('scorecards.days', { days: card.working_days })}>
      <Scorecard card={card} opens />
      {widest === undefined || widest.percent >= 100 ? null : <p className="hint">{say('scorecards.advice', { name: read(widest.name), percent: widest.percent })}</p>}
    </Panel>
  );
}
