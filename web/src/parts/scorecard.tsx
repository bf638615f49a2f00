import { Table, Tooltip } from 'antd';
import type { Schemas } from '../api/client';
import { useKnown } from '../api/questions';
import { useAddress, writeBehind } from '../app/address';
import { shown } from '../app/format';
import { useTexts } from '../texts/language';

type Card = Schemas['FilledScorecard'];
type Line = Schemas['ScorecardLine'];

/** A team's scorecard, person by person; every figure opens the facts behind it where `opens`. */
export function Scorecard({ card, opens }: { card: Card; opens: boolean }) {
  const { say, read } = useTexts();
  const known = useKnown().data;
  const cuts = (names: string[]) => names.map((name) => read(known?.dimensionText(name)) || name).join(', ');
  return (
    <Table
      size="small"
      rowKey={(line) => line.agent ?? ''}
      dataSource={[...card.people, card.whole]}
      scroll={{ x: 'max-content' }}
      pagination={{ pageSize: 50, showSizeChanger: false, hideOnSinglePage: true }}
      columns={[
        { key: 'agent', title: say('scorecards.agent'), className: 'row-name', render: (_, line: Line) => line.agent ?? say('scorecards.team') },
        { key: 'index', title: say('scorecards.index'), align: 'right', render: (_, line: Line) => <Index line={line} /> },
        ...card.parts.map((part, place) => ({
          key: part.metric,
          align: 'right' as const,
          title: (
            <Tooltip title={part.adjusted_for.length === 0 ? undefined : say('scorecards.adjusted', { cuts: cuts(part.adjusted_for) })}>
              <div>
                {read(part.text)}
                <div className="hint">{say('scorecards.weight', { share: part.share })}</div>
              </div>
            </Tooltip>
          ),
          render: (_: unknown, line: Line) => <Reached card={card} line={line} place={place} opens={opens} />,
        })),
      ]}
    />
  );
}

function Index({ line }: { line: Line }) {
  const { read } = useTexts();
  return line.index === null ? <Tooltip title={read(line.reason)}><span className="unknown" tabIndex={0}>—</span></Tooltip> : <strong>{line.index}</strong>;
}

function Reached({ card, line, place, opens }: { card: Card; line: Line; place: number; opens: boolean }) {
  const { say, read, language } = useTexts();
  const { set } = useAddress();
  const part = card.parts[place];
  const found = line.parts[place];
  if (part === undefined || found === undefined) return null;
  const write = (value: string | number | null) => shown(value, part.unit, card.currency, language);
  const why = found.attainment === null ? read(found.reason) : say('scorecards.how', { value: write(found.value), adjusted: write(found.adjusted), target: write(found.target) });
  const text = found.attainment === null ? write(found.value) : `${write(found.value)} · ${say('scorecards.reached', { percent: found.attainment })}`;
  return (
    <Tooltip title={why}>
      {opens ? (
        <button type="button" className="figure" aria-label={`${text}: ${say('figure.open', { name: read(part.text) })}`} onClick={() => set({ behind: writeBehind(found.behind) })}>{text}</button>
      ) : (
        <span tabIndex={0}>{text}</span>
      )}
    </Tooltip>
  );
}
