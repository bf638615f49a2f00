import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';

/**
 * Steps done one after the other, and what they change asked anew after each. A step that is wanted while another is
 * under way waits for it: nothing that was pressed is lost, and a key pressed twice meets what its first press has done.
 */
export function useInTurn(changed: QueryKey) {
  const client = useQueryClient();
  const [error, setError] = useState<Error | null>(null);
  const last = useRef<Promise<void>>(Promise.resolve());
  const key = useRef(changed);
  const act = useCallback((step: () => Promise<unknown>): Promise<void> => {
    const turn = async () => {
      try {
        await step();
        setError(null);
      } catch (problem) {
        setError(problem as Error);
      } finally {
        await client.invalidateQueries({ queryKey: key.current });
        // The screen shows the answer before the next step looks at it.
        await new Promise((shown) => setTimeout(shown));
      }
    };
    last.current = last.current.then(turn);
    return last.current;
  }, [client]);
  return { error, act };
}
