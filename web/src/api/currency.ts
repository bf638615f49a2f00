import { create } from '../parts/store';

/** The currency of the workspace, as its last answer named it; facts opened alone do not. */
export const currencyStore = create('CNY');
