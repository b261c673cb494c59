import type { Area } from '../shell/area.ts';
import { administration } from './administration/index.ts';
import { alerts } from './alerts/index.ts';
import { dashboards } from './boards/index.ts';
import { devices } from './devices/index.ts';
import { overview } from './overview/index.ts';
import { rules } from './rules/index.ts';

/** The areas in the order of the navigation. A new one is a folder and a line here. */
export const AREAS: readonly Area[] = [overview, devices, alerts, rules, dashboards, administration];
