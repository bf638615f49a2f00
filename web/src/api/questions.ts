import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ageAllowed } from './freshness';
import { currencyStore } from './currency';
import { type Answer, type Catalogue, type Me, type Metric, type Opened, Problem, type Schemas, api, got, problemOf } from './client';

export type Question = Partial<Schemas['QuestionBody']> & { metrics: string[] };
export type Address = Partial<Schemas['BehindBody']> & { metrics: string[] };

export const OPENED_ROWS = 500;

const patient = (count: number, error: Error): boolean => error instanceof Problem && error.retry && count < 2;

export function useAsk(question: Question | null) {
  return useQuery<Answer>({
    queryKey: ['ask', workspaceKey(), question],
    enabled: question !== null && question.metrics.length > 0,
    placeholderData: keepPreviousData,
    retry: patient,
    queryFn: async () => {
      const answer = await got(api.POST('/api/v1/ask', { body: question as Schemas['QuestionBody'] }));
      currencyStore.set(answer.currency);
      return answer;
    },
  });
}

/**
 * The answers to all questions of a page, of one moment, in one request; null where nothing was asked. `reloads`: the
 * page asks by itself whenever there are news, and then shares answers a few seconds old with others who look at it.
 */
export function useAskMany(questions: readonly (Question | null)[], { reloads = false }: { reloads?: boolean } = {}) {
  const asked = questions.filter((question): question is Question => question !== null && question.metrics.length > 0);
  const found = useQuery<(Answer | Problem)[]>({
    queryKey: ['ask-many', workspaceKey(), asked],
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
    retry: patient,
    queryFn: async () => {
      const body = { questions: asked, max_age_seconds: reloads ? ageAllowed() : 0 } as unknown as Schemas['PageBody'];
      const { answers } = await got(api.POST('/api/v1/ask-many', { body }));
      return answers.map((one) => {
        if ('problem' in one) return problemOf(Number((one.problem as Schemas['Problem']).status ?? 400), one.problem);
        currencyStore.set((one as unknown as Answer).currency);
        return one as unknown as Answer;
      });
    },
  });
  let place = 0;
  // The shape of what a screen waits for, question by question.
  return questions.map((question) => {
    const told = question === null || question.metrics.length === 0 ? undefined : found.data?.[place++];
    const error = found.error ?? (told instanceof Problem ? told : null);
    return { data: told instanceof Problem ? undefined : told, error, isPending: found.isPending, refetch: found.refetch };
  });
}

export function useBehind(address: Address | null) {
  return useQuery<Opened>({
    queryKey: ['behind', workspaceKey(), address],
    enabled: address !== null,
    retry: patient,
    queryFn: () =>
      got(api.POST('/api/v1/behind', { body: { ...address, limit: OPENED_ROWS } as Schemas['BehindBody'] })),
  });
}

/** The place somebody works in: the one the address names, else the first. */
export function placeOf(me: Me | undefined, workspace: string | undefined) {
  return me?.workspaces.find((place) => String(place.workspace) === workspace) ?? me?.workspaces[0];
}

export function useMe() {
  return useQuery<Me>({
    queryKey: ['me'],
    staleTime: 60_000,
    retry: patient,
    queryFn: () => got(api.GET('/api/v1/me')),
  });
}

export function useHealth() {
  return useQuery({
    queryKey: ['health'],
    refetchInterval: 15_000,
    retry: false,
    queryFn: () => got(api.GET('/api/v1/health')),
  });
}

/** Every metric and cut as the service knows it; nothing of it is written down here. */
export class Known {
  private readonly metrics: Map<string, Metric>;
  private readonly texts: Map<string, Schemas['BothLanguages']>;

  constructor(readonly catalogue: Catalogue) {
    this.metrics = new Map(catalogue.metrics.map((metric) => [metric.key, metric]));
    this.texts = new Map(catalogue.dimensions.map((dimension) => [dimension.key, dimension.text]));
  }

  metric(key: string): Metric | undefined {
    return this.metrics.get(key);
  }

  dimensionText(key: string): Schemas['BothLanguages'] | undefined {
    return this.texts.get(key);
  }

  /** Of the metrics named, those that exist and can be cut so. */
  cuttable(keys: readonly string[], dimensions: readonly string[]): string[] {
    return keys.filter((key) => {
      const metric = this.metrics.get(key);
      return metric !== undefined && dimensions.every((dimension) => metric.dimensions.includes(dimension));
    });
  }
}

/** What can be asked; nobody asks for it who may see no figures. */
export function useKnown() {
  const place = placeOf(useMe().data, workspaceKey());
  return useQuery<Known>({
    queryKey: ['catalogue', workspaceKey()],
    enabled: place?.rights.includes('figures.read') ?? false,
    staleTime: Number.POSITIVE_INFINITY,
    retry: patient,
    structuralSharing: false,
    queryFn: async () => new Known(await got(api.GET('/api/v1/metrics'))),
  });
}

function workspaceKey(): string {
  return new URLSearchParams(window.location.search).get('workspace') ?? '';
}
