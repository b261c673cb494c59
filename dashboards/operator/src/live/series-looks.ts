import { ref, shallowReactive } from 'vue';
import type { SeriesItem } from '../../../../src/contracts/devices.ts';
import { ApiError } from '../api/problem.ts';
import { listLooks } from '../api/resources.ts';
import type { Requester } from '../api/resources.ts';

/** How the quantities of the devices in sight are shown: names, decimals and limits that somebody has set, and how often they come. */
export class SeriesLooks {
  /** By device and key; a device that was not looked up yet is missing. */
  readonly byDevice = shallowReactive(new Map<string, ReadonlyMap<string, SeriesItem>>());
  private readonly request: Requester;
  /** Rises when what is known may be out of date; whoever shows devices calls `loadMissing` again then. */
  readonly rounds = ref(0);
  private readonly asked = new Set<string>();
  private readonly fresh = new Set<string>();
  /** What was asked for an earlier person must not appear for the next. */
  private generation = 0;

  constructor(request: Requester) {
    this.request = request;
  }

  /** Asks anew for these devices, one after the other: the API allows a person so many requests a minute. */
  async load(deviceIds: readonly string[]): Promise<void> {
    const mine = this.generation;
    for (const deviceId of deviceIds) this.asked.add(deviceId);
    try {
      await this.loadEach(deviceIds, mine);
    } finally {
      for (const deviceId of deviceIds) this.asked.delete(deviceId);
    }
  }

  /** Asks for those of these devices that were not looked up in this round and are not being looked up. */
  loadMissing(deviceIds: readonly string[]): Promise<void> {
    return this.load(deviceIds.filter((deviceId) => !this.fresh.has(deviceId) && !this.asked.has(deviceId)));
  }

  /** What was looked up is kept, but asked for again where it is shown. */
  expire(): void {
    this.fresh.clear();
    this.rounds.value += 1;
  }

  clear(): void {
    this.generation += 1;
    this.asked.clear();
    this.fresh.clear();
    this.byDevice.clear();
  }

  private async loadEach(deviceIds: readonly string[], mine: number): Promise<void> {
    for (const deviceId of deviceIds) {
      try {
        const items = await listLooks(this.request, deviceId);
        if (mine !== this.generation) return;
        this.byDevice.set(deviceId, new Map(items.map((item) => [item.key, item])));
        this.fresh.add(deviceId);
      } catch (error) {
        // Without them the page shows keys as the device sends them; what is wrong with the server is told elsewhere.
        if (!(error instanceof ApiError)) throw error;
        if (error.status !== 404) return;
      }
    }
  }
}
