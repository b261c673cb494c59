import { z } from 'zod';
import type { Clock } from '../../../core/clock.ts';
import { AppError } from '../../../core/errors.ts';
import type { DeviceService } from '../../../devices/device-service.ts';
import type { TelemetryQueries, TelemetrySeries } from '../../ports.ts';
import { instantQuery, namesQuery } from '../../../contracts/query-fields.ts';

/** What routes over a period of some series use. */
export interface SelectionDeps {
  telemetry: TelemetryQueries;
  devices: DeviceService;
  clock: Clock;
}

/** The most devices that one request may name. */
const MOST_DEVICES = 100;

/** Which series, and from when to when. */
export const selectionQuery = z.strictObject({
  device_id: namesQuery
    .refine((names) => names.length <= MOST_DEVICES, `Name at most ${String(MOST_DEVICES)} devices, or none for all.`)
    .optional()
    .meta({ description: 'Devices, with commas between; left out: all' }),
  keys: namesQuery.optional().meta({ description: 'Quantities, with commas between; left out: all' }),
  start: instantQuery.optional().meta({ description: 'From this instant on; ISO 8601 with zone' }),
  end: instantQuery.optional().meta({ description: 'Before this instant; left out: now' }),
});

/** The series that are meant, by device and key. Fails with NOT_FOUND for a device that the tenant does not have. */
export async function selectedSeries(
  { telemetry, devices }: Pick<SelectionDeps, 'telemetry' | 'devices'>,
  tenantId: string,
  query: { device_id?: readonly string[] | undefined; keys?: readonly string[] | undefined },
): Promise<TelemetrySeries[]> {
  const { device_id: deviceIds, keys } = query;
  const found = await telemetry.series({ tenantId, deviceIds, keys });
  const known = new Set(found.map((series) => series.device_id));
  for (const deviceId of new Set(deviceIds)) if (!known.has(deviceId)) devices.assertExists(tenantId, deviceId);
  return found;
}

/** Fails with INVALID_REQUEST when a period (whole epoch microseconds as text) has no instant in it. */
export function refuseEmptyPeriod(startUs: string | undefined, endUs: string | undefined): void {
  if (startUs === undefined || endUs === undefined || BigInt(startUs) < BigInt(endUs)) return;
  throw badField('end', '"end" is not after "start"; the range has no instant in it. Exchange them.');
}

/** A refusal that names one field. */
export function badField(field: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}

/** An instant of the clock as whole epoch microseconds. */
export function usOfMs(ms: number): string {
  return (BigInt(ms) * 1_000n).toString();
}
