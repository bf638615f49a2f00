import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { create } from '../parts/store';

/** Whether facts came in since the figures of this page were read. */
export const newsStore = create(false);

// What is asked anew by itself; everything else waits for its reader, who may be in the middle of a row.
const ALIVE = ['/', '/mine'];
const AGAIN_MS = 5_000;

/**
 * Listens to what happens while the page is seen: a browser keeps six connections to a host, so that a page in the
 * background holds none. A connection that breaks or ends is made anew.
 */
export function useLive(workspace: string | undefined, pathname: string, may: boolean): void {
  const client = useQueryClient();
  const alive = ALIVE.includes(pathname);
  useEffect(() => newsStore.set(false), [pathname]);
  useEffect(() => {
    if (!may) return undefined;
    let source: EventSource | null = null;
    let timer: number | undefined;
    let known: string | null = null;
    const hear = (event: MessageEvent<string>) => {
      const first = known === null;
      if (event.data === known) return;
      known = event.data;
      if (first) return;
      if (alive) void client.invalidateQueries({ refetchType: 'active' });
      else newsStore.set(true);
    };
    const close = () => {
      window.clearTimeout(timer);
      source?.close();
      source = null;
    };
    const open = () => {
      close();
      if (document.visibilityState !== 'visible') return;
      source = new EventSource(`/api/v1/live${workspace === undefined ? '' : `?workspace=${encodeURIComponent(workspace)}`}`);
      source.addEventListener('facts', hear as EventListener);
      source.onerror = () => {
        // A browser comes back by itself after a break, but not after a refusal.
        if (source?.readyState === EventSource.CLOSED) timer = window.setTimeout(open, AGAIN_MS * 6);
      };
    };
    open();
    document.addEventListener('visibilitychange', open);
    return () => {
      document.removeEventListener('visibilitychange', open);
      close();
    };
  }, [client, workspace, may, alive]);
}
