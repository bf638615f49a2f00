import createClient, { type Middleware } from 'openapi-fetch';
import { noteEdits } from './freshness';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];
export type Both = Schemas['BothLanguages'];
export type Catalogue = Schemas['Catalogue'];
export type Metric = Schemas['CatalogueMetric'];
export type Dimension = Schemas['CatalogueDimension'];
export type Answer = Schemas['Answer'];
export type Row = Schemas['AnswerRow'];
export type Figure = Schemas['Figure'];
export type Opened = Schemas['Opened'];
export type OpenedFact = Schemas['OpenedFact'];
export type Me = Schemas['MeBody'];

/** What the service refuses or fails at: says what happened and what to do, in both languages. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly text: Both,
    readonly remedy: Both | null,
    readonly retry: boolean,
  ) {
    super(`${code}: ${text.en}`);
  }
}

const UNREACHABLE = {
  text: { zh: '无法连接服务', en: 'the service cannot be reached' },
  remedy: { zh: '请检查网络，或确认 huasuan serve 正在运行。', en: 'Check the network, or whether huasuan serve runs.' },
};

/** Every request is of the workspace the address names. */
const ofWorkspace: Middleware = {
  onRequest({ request }) {
    const workspace = new URLSearchParams(window.location.search).get('workspace');
    if (workspace === null) return undefined;
    const url = new URL(request.url);
    url.searchParams.set('workspace', workspace);
    return new Request(url, request);
  },
};

export const api = createClient<paths>({ baseUrl: window.location.origin });
api.use(ofWorkspace, noteEdits);

type Reply<T> = { data?: T; error?: unknown; response: Response };

/** The content of a reply, or the problem it tells. */
export async function got<T>(reply: Promise<Reply<T>>): Promise<T> {
  let found: Reply<T>;
  try {
    found = await reply;
  } catch {
    throw new Problem(0, 'unreachable', UNREACHABLE.text, UNREACHABLE.remedy, true);
  }
  if (found.error !== undefined || !found.response.ok) throw problemOf(found.response.status, found.error);
  return found.data as T;
}

export function problemOf(status: number, told: unknown): Problem {
  const body = (typeof told === 'object' && told !== null ? told : {}) as Partial<Schemas['Problem']>;
  const text = body.text ?? { zh: `请求失败（${status}）`, en: `the request failed (${status})` };
  return new Problem(status, body.code ?? `http_${status}`, text, body.remedy ?? null, body.retry ?? status >= 500);
}
