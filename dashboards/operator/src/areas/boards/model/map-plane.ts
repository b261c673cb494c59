import { byName } from '../../../language.ts';
import type { Device } from '../../../../../../src/contracts/devices.ts';

/** A device with its place, in degrees. */
export interface PlacedDevice {
  device: Device;
  latitude: number;
  longitude: number;
}

/** Devices that say no place, under the name of where they are. */
export interface DeviceGroup {
  /** Empty: they say nothing of where they are. */
  name: string;
  devices: Device[];
}

/** The part of the world that is shown, in degrees. */
export interface Extent {
  west: number;
  east: number;
  south: number;
  north: number;
}

/** A line of the graticule: at which degree, and where on the plane from 0 to 1. */
export interface GridLine {
  degrees: number;
  at: number;
}

/** Never closer than this: about 100 m of latitude. */
const SMALLEST_DEGREES = 0.001;
const MARGIN = 0.16;
const STEPS: readonly number[] = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001];
const MOST_LINES = 6;

/** Devices with a place in their metadata, and the others by location or area. */
export function sortOut(devices: readonly Device[]): { placed: PlacedDevice[]; groups: DeviceGroup[] } {
  const placed: PlacedDevice[] = [];
  const groups = new Map<string, Device[]>();
  for (const device of devices) {
    const latitude = degrees(device.metadata['latitude'], 90);
    const longitude = degrees(device.metadata['longitude'], 180);
    if (latitude !== undefined && longitude !== undefined) placed.push({ device, latitude, longitude });
    else {
      const name = [device.location, device.area].filter((part) => part !== '').join(' · ');
      groups.set(name, [...(groups.get(name) ?? []), device]);
    }
  }
  const named = [...groups].map(([name, inside]) => ({ name, devices: inside }));
  return { placed, groups: named.sort((a, b) => Number(a.name === '') - Number(b.name === '') || byName(a.name, b.name)) };
}

/**
 * The part of the world that holds all of them with a margin, in the shape of the plane (`aspect`: width by height). Degrees of longitude are
 * drawn as wide as they are in the middle latitude, so that short distances have their true shape.
 */
export function extentOf(placed: readonly PlacedDevice[], aspect: number): Extent {
  const latitudes = placed.map(({ latitude }) => latitude);
  const longitudes = placed.map(({ longitude }) => longitude);
  const [south, north] = [least(latitudes), -least(latitudes.map((one) => -one))];
  const [west, east] = [least(longitudes), -least(longitudes.map((one) => -one))];
  const squeeze = Math.max(0.05, Math.cos((((south + north) / 2) * Math.PI) / 180));
  let height = Math.max(SMALLEST_DEGREES, north - south) * (1 + 2 * MARGIN);
  let width = Math.max(SMALLEST_DEGREES, (east - west) * squeeze) * (1 + 2 * MARGIN);
  if (width / height < aspect) width = height * aspect;
  else height = width / aspect;
  const [middleX, middleY] = [(west + east) / 2, (south + north) / 2];
  const half = width / squeeze / 2;
  return { west: middleX - half, east: middleX + half, south: middleY - height / 2, north: middleY + height / 2 };
}

/** Where a device stands on the plane: from the left and from the top, 0 to 1. */
export function pointOn({ latitude, longitude }: { latitude: number; longitude: number }, extent: Extent): { x: number; y: number } {
  return {
    x: (longitude - extent.west) / (extent.east - extent.west),
    y: (extent.north - latitude) / (extent.north - extent.south),
  };
}

/** The lines of the graticule, at round degrees. */
export function graticule({ west, east, south, north }: Extent): { meridians: GridLine[]; parallels: GridLine[] } {
  const lines = (from: number, to: number): number[] => {
    const step = [...STEPS].reverse().find((one) => (to - from) / one <= MOST_LINES) ?? 60;
    const first = Math.ceil(from / step);
    return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, n) => (first + n) * step);
  };
  return {
    meridians: lines(west, east).map((one) => ({ degrees: one, at: (one - west) / (east - west) })),
    parallels: lines(south, north)
      .filter((one) => Math.abs(one) <= 90)
      .map((one) => ({ degrees: one, at: (north - one) / (north - south) })),
  };
}

/** Which markers have room for their name: those whose name lies over no earlier marker or name. Sizes are parts of the plane. */
export function labelled(points: readonly { x: number; y: number }[], width: number, height: number): boolean[] {
  const taken: { x: number; y: number }[] = [];
  return points.map((point, place) => {
    const lies = (other: { x: number; y: number }): boolean => Math.abs(other.x - point.x) < width && Math.abs(other.y - point.y) < height;
    const isFree = !taken.some(lies) && !points.some((other, index) => index !== place && lies(other) && index < place);
    if (isFree) taken.push(point);
    return isFree;
  });
}

/** `41.65° N` as parts: the number without sign and with as many digits as the step needs. */
export function degreeDigits(extent: Extent): number {
  const span = Math.min(extent.east - extent.west, extent.north - extent.south);
  return Math.min(4, Math.max(0, Math.ceil(-Math.log10(span / 4))));
}

function degrees(value: unknown, most: number): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && Math.abs(number) <= most ? number : undefined;
}

function least(values: readonly number[]): number {
  return values.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
}
