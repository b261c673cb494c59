import { defineStore } from 'pinia';
import { loadWarnings } from '../api/health.ts';
import { Warnings } from './warnings.ts';

/** What the platform warns of; see `Warnings`. */
export const useWarnings = defineStore('warnings', () => {
  const warnings = new Warnings({ load: loadWarnings, store: sessionStorage });
  return {
    shown: warnings.shown,
    start: () => warnings.start(),
    stop: () => warnings.stop(),
    dismiss: () => warnings.dismiss(),
  };
});
