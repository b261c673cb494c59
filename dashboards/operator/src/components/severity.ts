import { mdiAlert, mdiAlertOctagon, mdiInformation } from '@mdi/js';
import type { Severity } from '../../../../src/contracts/rules.ts';

/** How a severity looks; always shown with its word, never by colour alone. */
export const SEVERITY_LOOKS: Record<Severity, { icon: string; color: string }> = {
  critical: { icon: mdiAlertOctagon, color: 'var(--critical)' },
  warning: { icon: mdiAlert, color: 'var(--warning)' },
  info: { icon: mdiInformation, color: 'var(--info)' },
};
