/** What of the workspace at hand every screen goes by: whose days a day is, its money, the parts in use. */
export interface Place {
  zone: string;
  currency: string;
  modules: readonly string[];
}

let present: Place = { zone: Intl.DateTimeFormat().resolvedOptions().timeZone, currency: 'CNY', modules: [] };

/** Stated before anything of the workspace is drawn, so nobody has to be told of it. */
export function statePlace(place: Place): void {
  present = place;
}

export function placeAtHand(): Place {
  return present;
}

export function usesModule(name: string): boolean {
  return present.modules.includes(name);
}
