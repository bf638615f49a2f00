import { useNavigate } from '@tanstack/react-router';
import { Input, Modal } from 'antd';
import { useState } from 'react';
import { useKnown } from '../api/questions';
import { useTexts } from '../texts/language';
import { sharedOf, useAddress } from './address';
import { SCREENS, isOpen } from './screens';

const MOST = 12;

/** Any screen or metric by its name. */
export function JumpBox({ rights, onClose }: { rights: ReadonlySet<string>; onClose: () => void }) {
  const { say, read } = useTexts();
  const { search } = useAddress();
  const navigate = useNavigate();
  const known = useKnown().data;
  const [text, setText] = useState('');
  const [place, setPlace] = useState(0);

  const wanted = text.toLowerCase();
  const screens = SCREENS.filter((screen) => screen.group !== null && isOpen(screen, rights));
  const targets = [
    ...screens.map((screen) => ({ name: say(`${screen.key}.title`), find: `${screen.key} ${say(`${screen.key}.title`)}`, path: screen.path, metrics: undefined as string | undefined })),
    ...(known?.catalogue.metrics ?? []).map((metric) => ({ name: read(metric.text), find: `${metric.key} ${metric.text.zh} ${metric.text.en}`, path: '/explore', metrics: metric.key as string | undefined })),
  ].filter((target) => target.find.toLowerCase().includes(wanted)).slice(0, MOST);

  const go = (index: number) => {
    const target = targets[index];
    if (target === undefined) return;
    onClose();
    void navigate({ to: target.path, search: { ...sharedOf(search), ...(target.metrics ? { metrics: target.metrics } : {}) } } as never);
  };

  return (
    <Modal open onCancel={onClose} footer={null} title={say('app.jump')}>
      <Input
        autoFocus
        role="combobox"
        aria-expanded="true"
        aria-controls="jump-list"
        aria-label={say('app.jumpHint')}
        placeholder={say('app.jumpHint')}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setPlace(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setPlace(Math.min(place + 1, targets.length - 1));
          if (event.key === 'ArrowUp') setPlace(Math.max(place - 1, 0));
          if (event.key === 'Enter') go(place);
        }}
      />
      <ul id="jump-list" role="listbox" className="jump" aria-label={say('app.jump')}>
        {targets.map((target, index) => (
          <li key={`${target.path}-${target.metrics ?? ''}`} role="option" aria-selected={index === place} onClick={() => go(index)} onKeyDown={() => undefined}>
            {target.name}
          </li>
        ))}
      </ul>
    </Modal>
  );
}
