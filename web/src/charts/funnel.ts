export interface FunnelStep {
  key: string;
  count: number | null;
}

/** Which share of the step before is left; unknown for the first one and after nothing. */
export function keptOf(steps: readonly FunnelStep[], place: number): number | null {
  const count = steps[place]?.count;
  const before = steps[place - 1]?.count;
  if (count === null || count === undefined || before === null || before === undefined || before === 0) return null;
  return count / before;
}

/** The step that keeps the least of the one before. */
export function bottleneckOf(steps: readonly FunnelStep[]): string | null {
  let worst: { key: string; kept: number } | null = null;
  steps.forEach((step, place) => {
    const kept = keptOf(steps, place);
    if (kept !== null && (worst === null || kept < worst.kept)) worst = { key: step.key, kept };
  });
  return (worst as { key: string } | null)?.key ?? null;
}
