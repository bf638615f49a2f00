import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button, Popconfirm, Progress } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { api, got } from '../api/client';
import { wantFresh } from '../api/freshness';
import { sharedOf, useAddress } from '../app/address';
import { useRights } from '../app/session';
import { Page, Panel } from '../parts/page';
import { useSample } from '../parts/sample';
import { ProblemNote, Wait } from '../parts/states';
import { useTexts } from '../texts/language';

/** Where one begins: a made-up business to look around in, or the own files. */
export default function Start() {
  const { say, read } = useTexts();
  const { search } = useAddress();
  const rights = useRights();
  const client = useQueryClient();
  const asked = useSample();
  const [error, setError] = useState<Error | null>(null);
  const state = asked.data?.state ?? 'idle';
  const before = useRef(state);
  useEffect(() => {
    // What was loading is done: every figure is another one now.
    if (before.current !== 'idle' && state === 'idle') {
      wantFresh();
      void client.invalidateQueries();
    }
    before.current = state;
  }, [client, state]);
  const take = async (step: () => Promise<unknown>) => {
    try {
      await step();
      setError(null);
    } catch (problem) {
      setError(problem as Error);
    }
    await client.invalidateQueries({ queryKey: ['sample'] });
  };
  const shared = sharedOf(search) as never;
  return (
    <Page title={say('start.title')} hint={say('start.hint')} controls="none">
      {error === null ? null : <ProblemNote error={error} />}
      <div className="halves">
        <Panel title={say('start.sample')} hint={say('start.sampleHint')}>
          <Wait asked={asked} height={120}>
            {(found) => (
              <>
                {found.failed === null ? null : <p className="bad" role="alert">{read(found.failed)}</p>}
                {found.state === 'idle' ? (
                  found.there ? (
                    <>
                      <p><strong>{say('start.there')}</strong> <Link to="/" search={shared}>{say('import.look')} →</Link></p>
                      {rights.has('facts.write') ? (
                        <p><Popconfirm title={say('start.removing')} onConfirm={() => void take(() => got(api.DELETE('/api/v1/sample')))}>
                          <Button danger>{say('start.remove')}</Button>
                        </Popconfirm></p>
                      ) : null}
                    </>
                  ) : rights.has('intake.write') ? (
                    <p><Button type="primary" onClick={() => void take(() => got(api.POST('/api/v1/sample')))}>{say('start.load')}</Button></p>
                  ) : (
                    <p>{say('start.none')}</p>
                  )
                ) : (
                  <>
                    <p role="status">{say(found.state === 'loading' ? 'start.loading' : 'start.taking')}</p>
                    <Progress aria-label={say(found.state === 'loading' ? 'start.loading' : 'start.taking')} percent={found.whole === 0 ? 0 : Math.round((found.done / found.whole) * 100)} />
                  </>
                )}
              </>
            )}
          </Wait>
        </Panel>
        <Panel title={say('start.own')} hint={say('start.ownHint')}>
          {rights.has('intake.write') ? <p><Link to="/import" search={shared}><Button type="primary">{say('start.import')}</Button></Link></p> : <p>{say('start.none')}</p>}
          <ol>
            <li>{say('start.step1')}</li>
            <li>{say('start.step2')}</li>
            <li>{say('start.step3')}</li>
          </ol>
        </Panel>
      </div>
    </Page>
  );
}
