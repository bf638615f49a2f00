import { Button } from 'antd';
import type { Answer, Figure } from '../api/client';
import { useKnown } from '../api/questions';
import { useAddress, writeBehind } from '../app/address';
import type { Advice } from '../app/advice';
import { shown } from '../app/format';
import { useTexts } from '../texts/language';
import { useRowName } from './figure';
import { Panel } from './page';

interface Found {
  advice: Advice;
  answer: Answer;
}

/** What a report asks to be done, each with the facts it rests on. */
export function NextSteps({ found }: { found: Found[] }) {
  const { say } = useTexts();
  const { set } = useAddress();
  const textOf = useAdviceText();
  return (
    <Panel title={say('next.title')}>
      {found.length === 0 ? <p>{say('next.none')}</p> : null}
      <ul className="advice">
        {found.map(({ advice, answer }) => {
          const text = textOf(advice, answer);
          const figure = figureOf(advice);
          return (
            <li key={text}>
              <span>{text}</span>
              {figure === undefined ? null : (
                <Button size="small" onClick={() => set({ behind: writeBehind(figure.behind) })} aria-label={`${say('next.open')}: ${text}`}>
                  {say('next.open')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function figureOf(advice: Advice): Figure | undefined {
  return advice.metric === undefined ? undefined : advice.row?.values[advice.metric];
}

function useAdviceText(): (advice: Advice, answer: Answer) => string {
  const { say, read, language } = useTexts();
  const nameOf = useRowName();
  const known = useKnown().data;
  return ({ key, row, names }, answer) => {
    const write = (metric: string) => shown(row?.values[metric]?.value, known?.metric(metric)?.unit ?? 'count', answer.currency, language);
    const name = row === undefined ? read(known?.catalogue.cost_kinds.find((kind) => kind.key === names?.kind)?.text) : nameOf(row);
    return say(`next.${key}`, { name, cost: write('total_cost'), revenue: write('revenue_net'), roi: write('roi'), count: write('missed'), amount: write('total_cost'), ...names });
  };
}
