import { Link } from '@tanstack/react-router';
import { Input } from 'antd';
import type { Metric } from '../api/client';
import { useKnown } from '../api/questions';
import { sharedOf, useAddress } from '../app/address';
import { Page, Panel } from '../parts/page';
import { Wait } from '../parts/states';
import { useTexts } from '../texts/language';

export default function Dictionary() {
  const { say } = useTexts();
  const { search, set } = useAddress();
  const known = useKnown();
  const wanted = (search.find ?? '').toLowerCase();
  return (
    <Page title={say('dictionary.title')} hint={say('dictionary.hint')} controls="none">
      <Input.Search aria-label={say('dictionary.find')} placeholder={say('dictionary.find')} defaultValue={search.find} onChange={(event) => set({ find: event.target.value }, true)} className="find" />
      <Wait asked={known} height={600}>
        {(data) => (
          <div className="cards">
            {data.catalogue.metrics.filter((metric) => textOf(metric).includes(wanted)).map((metric) => (
              <Entry key={metric.key} metric={metric} />
            ))}
          </div>
        )}
      </Wait>
    </Page>
  );
}

function textOf(metric: Metric): string {
  return `${metric.key} ${metric.text.zh} ${metric.text.en} ${metric.meaning.zh} ${metric.meaning.en}`.toLowerCase();
}

function Entry({ metric }: { metric: Metric }) {
  const { say, read } = useTexts();
  const { search } = useAddress();
  const known = useKnown().data;
  const better = metric.direction === 'up' ? say('metric.better') : metric.direction === 'down' ? say('metric.worse') : '';
  return (
    <Panel title={read(metric.text)}>
      <p>{read(metric.meaning)}</p>
      <dl>
        <dt>{say('metric.why')}</dt>
        <dd>{read(metric.why)}</dd>
        <dt>{say('metric.tracked')}</dt>
        <dd>{read(metric.tracked)}</dd>
        <dt>{say('metric.unit')}</dt>
        <dd>
          {metric.unit} {better === '' ? null : `· ${better}`} · <code>{metric.key}</code>
        </dd>
      </dl>
      <details>
        <summary>{`${say('dictionary.cuts')} (${metric.dimensions.length})`}</summary>
        <p>{metric.dimensions.map((key) => read(known?.dimensionText(key)) || key).join('、')}</p>
      </details>
      <Link to="/explore" search={{ ...sharedOf(search), metrics: metric.key } as never} aria-label={say('dictionary.explore', { name: read(metric.text) })}>
        {say('explore.title')} →
      </Link>
    </Panel>
  );
}
