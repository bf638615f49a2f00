import { Button, Input, Popconfirm } from 'antd';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { useTexts } from '../texts/language';
import { download, kindText } from './behind';
import { Panel } from './page';
import { useFieldName } from './record';

/** Whom a request to the service is about: what was typed is an address if it has an @, else a number. */
export function named(text: string): { number: string } | { email: string } {
  const said = text.trim();
  return said.includes('@') ? { email: said } : { number: said };
}

interface Asked {
  /** What the button says, and what is asked before it does anything. */
  label: string;
  title: string;
  field: string;
  /** Tells this button from those of other rows. */
  of: string;
  danger?: boolean;
  onGiven: (text: string) => void;
}

/** A button that asks for a word first: whose request it is, or what came of it. */
export function AskedButton({ label, title, field, of, danger = false, onGiven }: Asked) {
  const [text, setText] = useState('');
  return (
    <Popconfirm
      title={title}
      description={<Input aria-label={field} placeholder={field} autoComplete="off" value={text} onChange={(event) => setText(event.target.value)} />}
      okButtonProps={{ disabled: text.trim() === '', danger }}
      onOpenChange={() => setText('')}
      onConfirm={() => onGiven(text.trim())}
    >
      <Button size="small" danger={danger} aria-label={`${label} ${of}`}>{label}</Button>
    </Popconfirm>
  );
}

/** Everything known of a person: how much of each kind, and the whole as a file to be handed over. */
export function KnownOf({ known, onClose }: { known: Schemas['Known']; onClose: () => void }) {
  const { say } = useTexts();
  const nameOf = useFieldName();
  const counts: [string, number][] = [
    ...Object.entries(known.facts).map(([kind, facts]): [string, number] => [kindText(say, kind), facts.length]),
    [say('persons.cases'), known.cases.length],
    [say('persons.attempts'), known.attempts.length],
    [say('persons.refusals'), known.refusals.length],
  ];
  return (
    <Panel title={say('persons.known')}>
      <p>{known.known_by.map((one) => `${nameOf(one['kind'] ?? '')}: ${one['value']}`).join(' · ')}</p>
      <ul data-known>{counts.map(([kind, count]) => <li key={kind}>{kind}: {count}</li>)}</ul>
      {known.lists.length === 0 ? null : <p>{say('persons.lists', { lists: known.lists.join(', ') })}</p>}
      <Button type="primary" onClick={() => download('person.json', new Blob([JSON.stringify(known, null, 2)], { type: 'application/json' }))}>{say('persons.download')}</Button>{' '}
      <Button onClick={onClose}>{say('persons.hide')}</Button>
    </Panel>
  );
}
