import type { Me } from '../api/client';
import { useMe } from '../api/questions';
import { useAddress } from './address';

/** The place somebody works in: the one the address names, else the first. */
export function placeOf(me: Me | undefined, workspace: string | undefined) {
  return me?.workspaces.find((place) => String(place.workspace) === workspace) ?? me?.workspaces[0];
}

/** What somebody may do in the workspace at hand. */
export function useRights(): ReadonlySet<string> {
  const { search } = useAddress();
  return new Set(placeOf(useMe().data, search.workspace)?.rights ?? []);
}
