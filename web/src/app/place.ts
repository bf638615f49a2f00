/** What of the workspace at hand every screen goes by: whose days a day is, its money, the parts in use. */
export interface Place {
  zone: string;
  currency: string;
  modules: readonly string[];
}

let present: Place = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: 'CNY', modules: [] };

/** Stated before anything of the workspace is drawn, so nobody has to be told of it. */
export function statePlace(place: Place & { agent: string | null; role: string }): void {
  // What an agent sees of the own work is for whoever has an agent's code.
  const own = place.agent !== null || place.role === 'agent' ? ['own_work'] : [];
  present = { ...place, modules: [...place.modules, ...own] };
}

export function placeAtHand(): Place {
  return present;
}

export function usesModule(name: string): boolean {
  return present.modules.includes(name);
}
