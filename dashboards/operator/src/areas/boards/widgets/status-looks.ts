import { mdiAlertCircle, mdiCheckCircle, mdiHelpCircleOutline, mdiPowerPlugOffOutline } from '@mdi/js';
import type { DeviceStatus } from '../../../../../../src/contracts/devices.ts';

/** How the map shows the state of a device: by its shape, and by its colour. */
export const STATUS_LOOKS: Readonly<Record<DeviceStatus, { icon: string; color: string }>> = {
  online: { icon: mdiCheckCircle, color: 'var(--success)' },
  offline: { icon: mdiPowerPlugOffOutline, color: 'var(--muted)' },
  error: { icon: mdiAlertCircle, color: 'var(--critical)' },
  unknown: { icon: mdiHelpCircleOutline, color: 'var(--muted)' },
};
