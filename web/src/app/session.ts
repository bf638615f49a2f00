import { placeOf, useMe } from '../api/questions';
import { useAddress } from './address';

/** What somebody may do in the workspace at hand. */
export function useRights(): ReadonlySet<string> {
  const { search } = useAddress();
  return new Set(placeOf(useMe().data, search.workspace)?.rights ?? []);
}
