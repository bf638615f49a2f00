import type { Schemas } from '../api/client';
import { useTexts } from '../texts/language';

/** A known customer in one line of a list. */
export function CustomerLine({ customer }: { customer: Schemas['CustomerShown'] }) {
  const { say } = useTexts();
  return (
    <li data-customer={customer.key}>
      <span>{say('desk.customer')}: {customer.name ?? customer.key} {customer.company ?? ''}</span>
      <span className="hint">{[customer.segment, customer.city].filter(Boolean).join(' · ')}</span>
    </li>
  );
}
