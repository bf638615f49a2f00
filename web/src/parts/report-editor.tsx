import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined } from '@ant-design/icons';
import { Button, Input, Select, Space } from 'antd';
import { useState } from 'react';
import type { Schemas } from '../api/client';
import { useKnown } from '../api/questions';
import { useTexts } from '../texts/language';
import { Panel } from './page';

type Report = Schemas['KnownReport'];
type Section = Report['sections'][number];
const LAYOUTS = ['figures', 'table', 'heat', 'hours'] as const;
const MOST_METRICS = 20, MOST_CUTS = 3, MOST_SECTIONS = 20;
/** Words that stand for what counts in this business; the service puts the metrics in their place. */
const WORDS = ['counted_calls', 'cost_per_counted_call'] as const;

/** Sections of a report with their metrics and cuts: changed, moved, added, taken out. */
export function ReportEditor({ report, own, onSave, onClose }: { report: Report; own: boolean; onSave: (name: string, sections: Section[]) => Promise<unknown>; onClose: () => void }) {
  const { say, read, language } = useTexts();
  const [name, setName] = useState(own ? read(report.title) : '');
  const [sections, setSections] = useState<Section[]>(report.sections as Section[]);
  const [busy, setBusy] = useState(false);
  const change = (at: number, part: Partial<Section>) => setSections(sections.map((one, place) => (place === at ? { ...one, ...part } : one)));
  const move = (at: number, by: number) => {
    const found = [...sections];
    const [one] = found.splice(at, 1);
    found.splice(at + by, 0, one!);
    setSections(found);
  };
  const add = () => {
    const key = Array.from({ length: MOST_SECTIONS + 1 }, (_, number) => `part-${number + 1}`).find((wanted) => sections.every((one) => one.key !== wanted))!;
    setSections([...sections, { key, title: { zh: '新的部分', en: 'New section' }, layout: 'table', metrics: ['inbound_calls'], by: [], where: {} }]);
  };
  const complete = name.trim() !== '' && sections.length > 0 && sections.every((one) => one.title.zh.trim() !== '' && one.title.en.trim() !== '' && (one.layout === 'hours' || (one.metrics ?? []).length > 0));
  const save = () => {
    setBusy(true);
    void onSave(name.trim(), sections).finally(() => setBusy(false));
  };
  return (
    <Panel title={say('callReports.edit')} hint={say(own ? 'callReports.editOwn' : 'callReports.editStandard')}>
      <ol className="report-sections">
        {sections.map((one, at) => (
          <li key={one.key}>
            <Space wrap align="start">
              {/* One text for both languages once it is typed over: nobody is asked to translate. */}
              <Input aria-label={say('callReports.sectionTitle')} value={one.title[language]} maxLength={200} onChange={(event) => change(at, { title: { zh: event.target.value, en: event.target.value } })} style={{ width: 190 }} />
              <Select aria-label={say('callReports.layout')} value={one.layout ?? 'table'} onChange={(layout) => change(at, { layout })} options={LAYOUTS.map((value) => ({ value, label: say(`callReports.layout.${value}`) }))} style={{ width: 120 }} />
              {one.layout === 'hours' ? null : <Asked section={one} onChange={(part) => change(at, part)} />}
              <Space.Compact>
                <Button aria-label={say('callReports.up')} icon={<ArrowUpOutlined />} disabled={at === 0} onClick={() => move(at, -1)} />
                <Button aria-label={say('callReports.down')} icon={<ArrowDownOutlined />} disabled={at === sections.length - 1} onClick={() => move(at, 1)} />
                <Button aria-label={say('callReports.drop')} icon={<DeleteOutlined />} onClick={() => setSections(sections.filter((_, place) => place !== at))} />
              </Space.Compact>
            </Space>
          </li>
        ))}
      </ol>
      <Space wrap>
        <Button onClick={add} disabled={sections.length >= MOST_SECTIONS}>{say('callReports.add')}</Button>
        <Input aria-label={say('callReports.name')} placeholder={say('callReports.name')} maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <Button type="primary" disabled={!complete} loading={busy} onClick={save}>{say(own ? 'callReports.saveChanges' : 'callReports.save')}</Button>
        <Button onClick={onClose}>{say('callReports.cancel')}</Button>
      </Space>
    </Panel>
  );
}

function Asked({ section, onChange }: { section: Section; onChange: (part: Partial<Section>) => void }) {
  const { say } = useTexts();
  const { metrics: asked = [], by = [] } = section;
  const metrics = useMetrics(by);
  const cuts = useCuts(asked);
  return (
    <>
      <Choice label={say('callReports.metrics')} most={MOST_METRICS} value={asked} onChange={(found) => onChange({ metrics: found })} options={metrics} />
      <Choice label={say('callReports.cuts')} most={MOST_CUTS} value={by} onChange={(found) => onChange({ by: found })} options={cuts} />
    </>
  );
}

interface Option { value: string; label: string; find: string }

function Choice({ label, value, onChange, options, most }: { label: string; value: readonly string[]; onChange: (value: string[]) => void; options: Option[]; most: number }) {
  return (
    <Select
      mode="multiple"
      aria-label={label}
      placeholder={label}
      value={[...value]}
      maxCount={most}
      maxTagCount={2}
      onChange={onChange}
      options={options}
      showSearch={{ filterOption: (text, option) => option?.find.includes(text.toLowerCase()) ?? false }}
      popupMatchSelectWidth={false}
      style={{ minWidth: 240, maxWidth: 460 }}
    />
  );
}

/** Metrics that allow the cuts; those of the words stay possible everywhere. */
function useMetrics(by: readonly string[]): Option[] {
  const { say, read } = useTexts();
  const known = useKnown().data;
  const words = WORDS.map((value) => ({ value, label: say(`callReports.word.${value}`), find: `${value} ${say(`callReports.word.${value}`)}`.toLowerCase() }));
  const metrics = (known?.catalogue.metrics ?? []).filter((metric) => by.every((cut) => metric.dimensions.includes(cut)));
  return [...words, ...metrics.map((metric) => ({ value: metric.key as string, label: read(metric.text), find: `${metric.key} ${metric.text.zh} ${metric.text.en}`.toLowerCase() }))];
}

/** Cuts that all the metrics allow. */
function useCuts(metrics: readonly string[]): Option[] {
  const { read } = useTexts();
  const known = useKnown().data;
  const asked = metrics.filter((key) => !(WORDS as readonly string[]).includes(key));
  return (known?.catalogue.dimensions ?? [])
    .filter((cut) => asked.every((key) => known?.metric(key)?.dimensions.includes(cut.key) ?? true))
    .map((cut) => ({ value: cut.key as string, label: read(cut.text), find: `${cut.key} ${cut.text.zh} ${cut.text.en}`.toLowerCase() }));
}
