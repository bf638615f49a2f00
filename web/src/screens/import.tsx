import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, Button, Input, Popconfirm, Progress, Select, Space, Table, Tag, Upload } from 'antd';
import { useState } from 'react';
import { type Schemas, api, got } from '../api/client';
import { shownMoment } from '../app/format';
import { type Fields, fed } from '../app/mapping';
import { kindText } from '../parts/behind';
import { Page, Panel } from '../parts/page';
import { useFieldName } from '../parts/record';
import { ProblemNote, Wait } from '../parts/states';
import { codeText, useTexts } from '../texts/language';

type Brought = Schemas['UploadBody'];
type Preview = Schemas['PreviewBody'];
type Run = Schemas['ImportBody'];
const LOOK_AGAIN_MS = 400;

export default function Import() {
  const { say } = useTexts();
  const [brought, setBrought] = useState<Brought | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const bring = async (file: File) => {
    setError(null);
    try {
      const body = file as unknown as string;
      setBrought(await got(api.POST('/api/v1/files', { params: { query: { name: file.name } }, body, bodySerializer: (raw) => raw as never, headers: { 'Content-Type': 'application/octet-stream' } })));
    } catch (problem) {
      setBrought(null);
      setError(problem as Error);
    }
  };
  return (
    <Page title={say('import.title')} hint={say('import.hint')} controls="none">
      <Panel title={say('import.choose')}>
        <Upload.Dragger accept=".csv,.tsv,.txt,.xlsx" showUploadList={false} beforeUpload={(file) => { void bring(file); return false; }}>
          <p>{say('import.drop')}</p>
          {brought === null ? null : <p><strong>{brought.name}</strong></p>}
        </Upload.Dragger>
        {error === null ? null : <ProblemNote error={error} />}
      </Panel>
      {brought === null ? null : <Reading key={brought.file} brought={brought} />}
      <Batches />
    </Page>
  );
}

/** From the file to its facts: what the rows are, which column feeds what, a check, the import. */
function Reading({ brought }: { brought: Brought }) {
  const { say } = useTexts();
  const client = useQueryClient();
  const [kind, setKind] = useState(brought.kinds[0] ?? 'call');
  const [changed, setChanged] = useState<Fields | null>(null);
  const [run, setRun] = useState<Run | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const preview = useQuery({
    queryKey: ['preview', brought.file, kind],
    queryFn: () => got(api.POST('/api/v1/files/{file}/preview', { params: { path: { file: brought.file } }, body: { kind } })),
  });
  const fields = changed ?? preview.data?.mapping.fields ?? {};
  const start = async (check: boolean) => {
    setError(null);
    const mapping = preview.data === undefined ? null : { ...preview.data.mapping, fields };
    try {
      let next = await got(api.POST('/api/v1/imports', { body: { file: brought.file, kind, mapping, check } }));
      setRun(next);
      while (next.state === 'running') {
        await new Promise((done) => setTimeout(done, LOOK_AGAIN_MS));
        next = await got(api.GET('/api/v1/imports/{number}', { params: { path: { number: next.id } } }));
        setRun(next);
      }
      await client.invalidateQueries();
    } catch (problem) {
      setError(problem as Error);
    }
  };
  const choose = (next: string) => {
    setKind(next);
    setChanged(null);
    setRun(null);
  };
  return (
    <>
      <Panel title={say('import.map')}>
        <div className="bar">
          <KindSelect value={kind} likely={brought.kinds} onChange={choose} />
          <Button onClick={() => void start(true)} disabled={preview.data === undefined}>{say('import.check')}</Button>
          <Button type="primary" onClick={() => void start(false)} disabled={run === null || !run.check || run.state !== 'done'}>{say('import.go')}</Button>
        </div>
        <Wait asked={preview} height={200}>{(data) => <Mapping preview={data} fields={fields} onChange={(next) => { setChanged(next); setRun(null); }} />}</Wait>
        {error === null ? null : <ProblemNote error={error} />}
      </Panel>
      {run === null ? null : <Result run={run} />}
    </>
  );
}

function KindSelect({ value, likely, onChange }: { value: string; likely: string[]; onChange: (kind: string) => void }) {
  const { say } = useTexts();
  return <Select aria-label={say('import.kind')} value={value} onChange={onChange} options={likely.map((kind) => ({ value: kind, label: kindText(say, kind) }))} popupMatchSelectWidth={false} style={{ minWidth: 140 }} showSearch={{ optionFilterProp: 'label' }} />;
}

function Mapping({ preview, fields, onChange }: { preview: Preview; fields: Fields; onChange: (fields: Fields) => void }) {
  const { say } = useTexts();
  const nameOf = useFieldName();
  const fedBy = new Map(Object.entries(fields).filter(([, source]) => source.column).map(([name, source]) => [source.column as string, name]));
  const options = [{ value: '', label: say('import.none') }, ...preview.fields.map((field) => ({ value: field.name, label: `${nameOf(field.name)}${field.required ? ' *' : ''}` }))];
  return (
    <>
    <Table
      size="small"
      rowKey="column"
      pagination={false}
      scroll={{ x: 'max-content' }}
      dataSource={preview.columns.map((column, place) => ({ column, place }))}
      columns={[
        { key: 'column', title: say('import.column'), dataIndex: 'column' },
        {
          key: 'field',
          title: say('import.field'),
          render: (_, { column }) => <Select aria-label={`${say('import.field')}: ${column}`} value={fedBy.get(column) ?? ''} options={options} onChange={(name) => onChange(fed(fields, column, name))} popupMatchSelectWidth={false} style={{ minWidth: 160 }} showSearch={{ optionFilterProp: 'label' }} />,
        },
        { key: 'sample', title: say('import.value'), render: (_, { place }) => preview.rows.slice(0, 3).map((row) => row[place]).filter(Boolean).join(' · ') },
      ]}
    />
    <Constants preview={preview} fields={fields} onChange={onChange} />
    </>
  );
}

/** Fields that no column feeds: the same value for every row. What a row must have is always offered. */
function Constants({ preview, fields, onChange }: { preview: Preview; fields: Fields; onChange: (fields: Fields) => void }) {
  const { say } = useTexts();
  const nameOf = useFieldName();
  const [added, setAdded] = useState<readonly string[]>([]);
  const open = preview.fields.filter((field) => !fields[field.name]?.column);
  const offered = open.filter((field) => field.required || added.includes(field.name) || fields[field.name]?.constant);
  const set = (name: string, constant: string) => {
    const others = Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name));
    onChange(constant === '' ? others : { ...others, [name]: { rounding: false, values: {}, constant } as Fields[string] });
  };
  return (
    <Space wrap style={{ marginTop: 12 }}>
      <span>{say('import.constants')}</span>
      {offered.map((field) => (
        <Input key={field.name} prefix={`${nameOf(field.name)}${field.required ? ' *' : ''}`} aria-label={nameOf(field.name)} value={fields[field.name]?.constant ?? ''} placeholder={/_at$/.test(field.name) ? say('import.moment') : ''} onChange={(event) => set(field.name, event.target.value)} style={{ width: 280 }} />
      ))}
      <Select aria-label={say('import.constant')} placeholder={say('import.constant')} value={null} onChange={(name: string) => setAdded([...added, name])} options={open.filter((field) => !offered.includes(field)).map((field) => ({ value: field.name, label: nameOf(field.name) }))} popupMatchSelectWidth={false} style={{ minWidth: 180 }} showSearch={{ optionFilterProp: 'label' }} />
    </Space>
  );
}

function Result({ run }: { run: Run }) {
  const { say, language } = useTexts();
  if (run.state === 'running') return <Panel title={say('app.loading')}><Progress percent={Math.round(run.share * 100)} aria-label={say('app.loading')} /></Panel>;
  const failure = run.failure as { text?: Record<string, string>; remedy?: Record<string, string> } | null;
  const tally = say('import.result', { created: run.created, corrected: run.corrected, unchanged: run.unchanged, refused: run.refused });
  return (
    <Panel title={run.check ? say('import.checked') : say('import.done')}>
      {failure ? <Alert type="error" showIcon title={failure.text?.[language]} description={failure.remedy?.[language]} /> : <Alert type={run.refused > 0 ? 'warning' : 'success'} showIcon title={tally} />}
      {run.errors ? <p><a href={`/api/v1/imports/${run.id}/errors`}>{say('import.errors')}</a></p> : null}
      {run.faults.length === 0 ? null : (
        <Table
          size="small"
          title={() => say('import.faults')}
          rowKey={(fault) => `${fault.line}-${fault.column}-${fault.code}`}
          pagination={false}
          scroll={{ x: 'max-content' }}
          dataSource={run.faults}
          columns={[
            { key: 'line', title: say('import.line'), dataIndex: 'line' },
            { key: 'column', title: say('import.column'), dataIndex: 'column' },
            { key: 'value', title: say('import.value'), dataIndex: 'value' },
            { key: 'why', title: say('import.why'), render: (_, fault) => fault.text[language] },
            { key: 'remedy', title: say('import.remedy'), render: (_, fault) => fault.remedy?.[language] },
          ]}
        />
      )}
      {run.check ? null : <p><Link to="/">{say('import.look')} →</Link></p>}
    </Panel>
  );
}

function Batches() {
  const { say, language } = useTexts();
  const client = useQueryClient();
  const [told, setTold] = useState<Error | string | null>(null);
  const asked = useQuery({ queryKey: ['batches'], queryFn: () => got(api.GET('/api/v1/batches', { params: { query: { limit: 50 } } })) });
  const undo = async (batch: number) => {
    try {
      const report = await got(api.POST('/api/v1/batches/{batch}/undo', { params: { path: { batch } } }));
      setTold(say('import.undone', { count: report.removed + report.restored }));
      await client.invalidateQueries();
    } catch (problem) {
      setTold(problem as Error);
    }
  };
  return (
    <Panel title={say('import.batches')}>
      {told instanceof Error ? <ProblemNote error={told} /> : null}
      {typeof told === 'string' ? <Alert type="success" showIcon title={told} /> : null}
      <Wait asked={asked} height={240}>
        {(data) => (
          <Table
            size="small"
            rowKey="batch"
            scroll={{ x: 'max-content' }}
            pagination={{ pageSize: 10, showSizeChanger: false, hideOnSinglePage: true }}
            dataSource={data.batches}
            columns={[
              { key: 'batch', title: say('import.batch'), dataIndex: 'batch' },
              { key: 'when', title: say('import.when'), render: (_, one) => shownMoment(one.started_at, language) },
              { key: 'kind', title: say('behind.kind'), render: (_, one) => kindText(say, one.kind) },
              { key: 'source', title: say('field.source'), render: (_, one) => one.name ?? one.source },
              { key: 'tally', title: say('import.status'), render: (_, one) => <><Tag>{codeText(say, 'import.status', one.status)}</Tag>{say('import.result', { created: one.created, corrected: one.corrected, unchanged: one.unchanged, refused: one.refused })}</> },
              {
                key: 'undo',
                title: say('import.undo'),
                render: (_, one) =>
                  one.undoes === null && one.status === 'done' ? (
                    <Popconfirm title={say('import.undoing', { number: one.batch })} onConfirm={() => void undo(one.batch)}>
                      <Button size="small" aria-label={`${say('import.undo')} ${one.batch}`}>{say('import.undo')}</Button>
                    </Popconfirm>
                  ) : null,
              },
            ]}
          />
        )}
      </Wait>
    </Panel>
  );
}
