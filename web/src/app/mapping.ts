import type { Schemas } from '../api/client';

export type Fields = Schemas['MappingBody']['fields'];

/** Fields by what feeds them, with a column given to a field (`''`: to none): one column, one field, and no constant beside it. */
export function fed(fields: Fields, column: string, name: string): Fields {
  const kept = Object.fromEntries(Object.entries(fields).filter(([field, source]) => source.column !== column && field !== name));
  return name === '' ? kept : { ...kept, [name]: { ...(fields[name] ?? { rounding: false, values: {} }), column, constant: undefined } as Fields[string] };
}
