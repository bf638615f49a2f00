import type { Schemas } from '../api/client';
import { shownMoment } from '../app/format';
import { codeText, useTexts } from '../texts/language';

/** What was done with a lead, decisions in words. */
export function Steps({ steps }: { steps: readonly Schemas['LeadStep'][] }) {
  const { say, read, language } = useTexts();
  return (
    <ol className="steps">
      {steps.map((step) => (
        <li key={`${step.at}${step.kind}`}>
          <time dateTime={step.at}>{shownMoment(step.at, language)}</time>{' '}
          <strong>{codeText(say, 'leads.step', step.kind)}</strong> {step.agent ?? ''} {step.result ?? ''}
          {step.remark === null ? null : <p>{step.remark}</p>}
          {step.text === null ? null : <p className="hint">{read(step.text)}</p>}
        </li>
      ))}
    </ol>
  );
}
