import { Link } from '@tanstack/react-router';
import { Timeline } from 'antd';
import type { Schemas } from '../api/client';
import { sharedOf, useAddress } from '../app/address';
import { shownMoment } from '../app/format';
import { useTexts } from '../texts/language';
import { kindText } from './behind';
import { useRecordText } from './record';

/** What happened with a customer, newest first; calls lead to their cards. */
export function History({ events, except }: { events: Schemas['Event'][]; except?: string }) {
  const { say, language } = useTexts();
  const { search } = useAddress();
  const recordText = useRecordText();
  const others = events.filter((event) => !(event.kind === 'call' && event.number === except));
  if (others.length === 0) return <p>{say('card.no_history')}</p>;
  return (
    <Timeline
      items={others.map((event) => ({
        key: `${event.kind}-${event.number}-${event.at}`,
        content: (
          <>
            <strong>{kindText(say, event.kind)}</strong> <span className="before">{event.at === null ? '' : shownMoment(event.at, language)}</span>{' '}
            {event.kind === 'call' ? (
              <Link to="/calls/$number" params={{ number: event.number } as never} search={sharedOf(search) as never} aria-label={`${say('next.open')}: ${say('calls.open', { key: event.at === null ? event.number : shownMoment(event.at, language) })}`}>
                {say('next.open')}
              </Link>
            ) : null}
            <br />
            {recordText(event.said)}
          </>
        ),
      }))}
    />
  );
}
