import type { Middleware } from 'openapi-fetch';

// Figures that are asked anew by themselves may be so old, so that readers who look at the same page share one answer.
const SHARED_SECONDS = 10;
// These ask, though they are sent as POST.
const ASKING = /\/api\/v1\/(ask|ask-many|behind)$/;

let freshSince = 0;

/** From now on figures must hold what has been written: the reader changed something, or wants to see what is new. */
export function wantFresh(now = performance.now()): void {
  freshSince = now;
}

/**
 * How many seconds old an answer may be that a page asks for by itself: never so old that an edit of this reader is not
 * in it. A page that was just opened counts as one, since the edit may have been made in another.
 */
export function ageAllowed(now = performance.now()): number {
  return Math.max(0, Math.min(SHARED_SECONDS, Math.floor((now - freshSince) / 1_000)));
}

/** Remembers when this reader last changed something. */
export const noteEdits: Middleware = {
  onResponse({ request }) {
    if (request.method !== 'GET' && !ASKING.test(new URL(request.url).pathname)) wantFresh();
    return undefined;
  },
};
