import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { sharedOf, useAddress } from '../app/address';

/** Opens a lead at the desk. */
export function AtDesk({ lead, children }: { lead: number; children: ReactNode }) {
  const { search } = useAddress();
  return <Link to={'/desk' as never} search={{ ...sharedOf(search), lead: String(lead) } as never} data-open={lead}>{children}</Link>;
}
