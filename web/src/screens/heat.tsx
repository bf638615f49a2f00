import { Segmented } from 'antd';
import type { Answer, Metric } from '../api/client';
import { useAsk, useKnown } from '../api/questions';
import { useAddress, writeBehind } from '../app/address';
import { shown } from '../app/format';
import { type Cell, colourOf, css, gridOf, inkOn } from '../charts/heat';
import { MetricSelect } from '../parts/choose';
import { Page, Panel } from '../parts/page';
import { Wait } from '../parts/states';
import { themeStore } from '../parts/theme';
import { codeText, useTexts } from '../texts/language';

const CUTS = ['weekday', 'hour'];
// Counts of few facts are what they are; only rates made of few facts mislead.
const SMALL = { rate: 30, count: 1 };
const WEEK_MS = 7 * 86_400_000;

export default function Heat() {
  const { say } = useTexts();
  const { search, set, question } = useAddress();
  const metric = search.metric ?? 'inbound_calls';
  const known = useKnown().data;
  const definition = known?.metric(metric);
  const answer = useAsk(definition === undefined ? null : { ...question([metric], CUTS), intervals: definition.interval.kind !== null });
  const mode = search.mode === 'average' ? 'average' : 'total';
  return (
    <Page title={say('heat.title')} hint={say('heat.hint')} controls="basis">
      <div className="bar">
        <MetricSelect value={metric} by={CUTS} onChange={(key) => set({ metric: key })} />
        {definition !== undefined && definition.denominator === null ? (
          <Segmented
            aria-label={say('heat.mode')}
            value={mode}
            onChange={(value) => set({ mode: value === 'total' ? null : value })}
            options={(['total', 'average'] as const).map((value) => ({ value, label: say(`heat.${value}`) }))}
          />
        ) : null}
      </div>
      <Wait asked={answer} height={480}>
        {(data) => (definition === undefined ? null : <HeatTable answer={data} metric={definition} average={mode === 'average' && definition.denominator === null} />)}
      </Wait>
    </Page>
  );
}

export function HeatTable({ answer, metric, average }: { answer: Answer; metric: Metric; average: boolean }) {
  const { say, read, language } = useTexts();
  const { period } = useAddress();
  const least = metric.denominator === null ? SMALL.count : SMALL.rate;
  const grid = gridOf(answer.rows, metric.key, least);
  const weeks = average && period.from !== null && period.to !== null ? (Date.parse(period.to) - Date.parse(period.from)) / WEEK_MS : 1;
  const write = (value: number | null) => shown(value === null ? null : value / weeks, average ? 'ratio' : metric.unit, answer.currency, language);
  const whenOf = (cell: Cell) => `${codeText(say, 'weekday', cell.weekday)} ${String(cell.hour).padStart(2, '0')}:00`;
  const best = grid.cells.reduce<Cell | undefined>((found, cell) => (cell.level !== null && (found === undefined || (cell.value ?? 0) > (found.value ?? 0)) ? cell : found), undefined);
  return (
    <>
      <Panel title={read(metric.text)} hint={read(metric.meaning)} extra={<Scale least={write(grid.least)} most={write(grid.most)} grey={least} />}>
        <table className="heat">
          <caption className="away">{`${read(metric.text)}: ${say('heat.title')}`}</caption>
          <thead>
            <tr>
              <th scope="col">{say('heat.hour')}</th>
              {[1, 2, 3, 4, 5, 6, 7].map((day) => (
                <th scope="col" key={day}>
                  {codeText(say, 'weekday', day)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {Array.from({ length: 24 }, (_, hour) => (
              <tr key={hour}>
                <th scope="row">{`${String(hour).padStart(2, '0')}`}</th>
                {grid.cells.slice(hour * 7, hour * 7 + 7).map((cell) => (
                  <HeatCell key={cell.weekday} cell={cell} text={write(cell.value)} when={whenOf(cell)} name={read(metric.text)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      {best === undefined || metric.direction === 'down' ? null : (
        <Panel title={say('next.title')}>
          <p>{say('heat.best', { when: whenOf(best), value: write(best.value) })}</p>
        </Panel>
      )}
    </>
  );
}

function HeatCell({ cell, text, when, name }: { cell: Cell; text: string; when: string; name: string }) {
  const { say } = useTexts();
  const { set } = useAddress();
  const dark = themeStore.use() === 'dark';
  if (cell.figure === undefined) return <td className="empty" />;
  const figure = cell.figure;
  const colour = cell.level === null ? null : colourOf(cell.level, dark);
  const style = colour === null ? undefined : { background: css(colour), color: css(inkOn(colour)) };
  const few = cell.small ? ` (${say('figure.small', { n: figure.n })})` : '';
  return (
    <td className={cell.small ? 'few' : ''}>
      <button type="button" style={style} aria-label={`${when}: ${text}. ${say('figure.open', { name })}${few}`} title={`${when}: ${text}${few}`} onClick={() => set({ behind: writeBehind(figure.behind) })}>
        {text}
      </button>
    </td>
  );
}

function Scale({ least, most, grey }: { least: string; most: string; grey: number }) {
  const { say } = useTexts();
  const dark = themeStore.use() === 'dark';
  return (
    <p className="scale">
      <span>{least}</span>
      {[0, 0.25, 0.5, 0.75, 1].map((level) => (
        <i key={level} aria-hidden="true" style={{ background: css(colourOf(level, dark)) }} />
      ))}
      <span>{most}</span>
      {grey > 1 ? (
        <>
          <i aria-hidden="true" className="grey" />
          <span>{say('heat.grey', { least: grey })}</span>
        </>
      ) : null}
    </p>
  );
}
