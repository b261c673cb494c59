import type { TelemetryUpdate } from '../contracts/realtime.ts';
import type { StoredPoint } from '../contracts/telemetry.ts';
import { updateOf } from './latest-values.ts';

/** What is sent to several connections at once. */
export interface SharedUpdate {
  update: TelemetryUpdate;
  /** Ids of the sockets it goes to. */
  socketIds: string[];
}

/** An update and the points it was made of. */
interface Prepared extends SharedUpdate {
  points: ReadonlyMap<string, StoredPoint>;
}

/** Different selections of one device that are told apart; who wants yet another one gets a message of its own. */
const VARIANTS_AT_MOST = 4;

/**
 * The updates of one beat: connections that are to get the same values of a device share one message, which is written and framed once. With 500
 * connections that is most of what sending costs.
 */
export class SharedUpdates {
  private readonly byDevice = new Map<string, Prepared[]>();
  private readonly single: SharedUpdate[] = [];

  /** `socketId` is to get these values. The points of a message are the same objects for everybody, so identity tells. */
  add(deviceId: string, points: ReadonlyMap<string, StoredPoint>, socketId: string): void {
    let variants = this.byDevice.get(deviceId);
    if (variants === undefined) this.byDevice.set(deviceId, (variants = []));
    const same = variants.find((variant) => areSame(variant.points, points));
    if (same !== undefined) {
      same.socketIds.push(socketId);
      return;
    }
    const update = updateOf(deviceId, points);
    if (variants.length < VARIANTS_AT_MOST) variants.push({ points, update, socketIds: [socketId] });
    else this.single.push({ update, socketIds: [socketId] });
  }

  /** What is to be sent, and to whom. */
  all(): SharedUpdate[] {
    return [...[...this.byDevice.values()].flat(), ...this.single];
  }
}

function areSame(a: ReadonlyMap<string, StoredPoint>, b: ReadonlyMap<string, StoredPoint>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, point] of a) if (b.get(key) !== point) return false;
  return true;
}
