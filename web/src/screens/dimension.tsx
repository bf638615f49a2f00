import { useLocation } from '@tanstack/react-router';
import type { Answer } from '../api/client';
import { useAsk, useKnown } from '../api/questions';
import { useAddress } from '../app/address';
import { adviceOnReturns } from '../app/advice';
import { SCREENS } from '../app/screens';
import { useRights } from '../app/session';
import { NextSteps } from '../parts/advice';
import { CreditBar, creditable } from '../parts/credit';
import { FigureTable } from '../parts/figure-table';
import { Page, Panel } from '../parts/page';
import { Nothing, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

const MONEY = ['total_cost', 'revenue_net', 'roi', 'romi', 'cac', 'cost_per_unique_target_call', 'cpl'];
const WORK = ['won_deals', 'conversations', 'connect_rate', 'dials', 'inbound_calls', 'unique_calls', 'target_calls', 'target_call_share', 'leads'];
const RETURNS = ['total_cost', 'revenue_net', 'roi'];

/** One table for every cut: what each row of it costs and earns. */
export default function DimensionScreen() {
  const { say } = useTexts();
  const { pathname } = useLocation();
  const { search, compared, credited } = useAddress();
  const mayCosts = useRights().has('costs.read');
  const known = useKnown().data;
  const by = pathname.split('/').at(-1) ?? 'channel';
  const screen = SCREENS.find((one) => one.path === pathname);
  const metrics = known?.cuttable(creditable([...(mayCosts ? MONEY : []), ...WORK], search.attribution), [by]) ?? [];
  const answer = useAsk(metrics.length === 0 ? null : credited(compared(metrics, [by])));
  const canReturn = RETURNS.every((key) => metrics.includes(key));
  return (
    <Page title={screen === undefined ? by : say(`${screen.key}.title`)} hint={say(search.attribution === undefined ? 'table.hint' : 'credit.hint')} extra={<CreditBar />}>
      <Wait asked={answer} height={420}>
        {(data: Answer) =>
          data.rows.length === 0 ? (
            <Nothing />
          ) : (
            <>
              <Panel>
                <FigureTable answer={data} metrics={metrics} />
              </Panel>
              {canReturn ? <NextSteps found={adviceOnReturns(data).map((advice) => ({ advice, answer: data }))} /> : null}
            </>
          )
        }
      </Wait>
    </Page>
  );
}
