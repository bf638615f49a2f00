import { Select } from 'antd';
import { useKnown } from '../api/questions';
import { useTexts } from '../texts/language';

/** Any metric of the catalogue that the cuts allow, found by its name in either language or its key. */
export function MetricSelect({ value, onChange, by = [], label }: { value: string; onChange: (key: string) => void; by?: string[]; label?: string }) {
  const { say, read } = useTexts();
  const known = useKnown().data;
  const options = (known?.catalogue.metrics ?? [])
    .filter((metric) => by.every((cut) => metric.dimensions.includes(cut)))
    .map((metric) => ({ value: metric.key, label: read(metric.text), find: `${metric.key} ${metric.text.zh} ${metric.text.en}`.toLowerCase() }));
  return (
    <Select
      aria-label={label ?? say('metric.choose')}
      className="metric-select"
      showSearch={{ filterOption: (text, option) => option?.find.includes(text.toLowerCase()) ?? false }}
      value={value}
      onChange={onChange}
      options={options}
      popupMatchSelectWidth={false}
    />
  );
}

export function DimensionSelect({ value, onChange, metrics = [], none = false }: { value: string; onChange: (key: string) => void; metrics?: string[]; none?: boolean }) {
  const { say, read } = useTexts();
  const known = useKnown().data;
  const possible = (known?.catalogue.dimensions ?? []).filter((dimension) =>
    metrics.every((key) => known?.metric(key)?.dimensions.includes(dimension.key) ?? false),
  );
  const options = possible.map((dimension) => ({ value: dimension.key, label: read(dimension.text), find: `${dimension.key} ${dimension.text.zh} ${dimension.text.en}`.toLowerCase() }));
  return (
    <Select
      aria-label={say('metric.by')}
      className="dimension-select"
      showSearch={{ filterOption: (text, option) => option?.find.includes(text.toLowerCase()) ?? false }}
      value={value}
      onChange={onChange}
      options={none ? [{ value: '', label: say('metric.none'), find: '' }, ...options] : options}
      popupMatchSelectWidth={false}
    />
  );
}
