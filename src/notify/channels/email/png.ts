import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

/** On a thread of its own: it is most of the work. */
const compressed = promisify(deflate);

/** Red, green and blue, 0 to 255 each. */
export type Colour = readonly [red: number, green: number, blue: number];

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const TRUE_COLOUR = 2;

/** A picture of `width` times `height` pixels that lines are drawn on, as smooth as 256 shades allow. */
export class Picture {
  readonly width: number;
  readonly height: number;
  private readonly pixels: Buffer;

  constructor(width: number, height: number, background: Colour) {
    this.width = width;
    this.height = height;
    this.pixels = Buffer.alloc(width * height * 3, Uint8Array.from(background));
  }

  /** Mixes a colour into one pixel; `share` is 0 (nothing) to 1 (covers it). Outside of the picture it does nothing. */
  mix(x: number, y: number, [red, green, blue]: Colour, share: number): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height || share <= 0) return;
    const at = (y * this.width + x) * 3;
    const part = Math.min(1, share);
    const mixed = (was: number, is: number) => Math.round(was + (is - was) * part);
    this.pixels[at] = mixed(this.pixels[at] ?? 0, red);
    this.pixels[at + 1] = mixed(this.pixels[at + 1] ?? 0, green);
    this.pixels[at + 2] = mixed(this.pixels[at + 2] ?? 0, blue);
  }

  /** A straight line of a thickness in pixels; each pixel is covered by how near it is. */
  line(from: readonly [number, number], to: readonly [number, number], colour: Colour, thickness: number): void {
    const reach = thickness / 2 + 1;
    const [left, right] = [Math.floor(Math.min(from[0], to[0]) - reach), Math.ceil(Math.max(from[0], to[0]) + reach)];
    const [top, bottom] = [Math.floor(Math.min(from[1], to[1]) - reach), Math.ceil(Math.max(from[1], to[1]) + reach)];
    for (let y = Math.max(0, top); y <= Math.min(this.height - 1, bottom); y += 1) {
      for (let x = Math.max(0, left); x <= Math.min(this.width - 1, right); x += 1) {
        this.mix(x, y, colour, thickness / 2 + 0.5 - distance([x, y], from, to));
      }
    }
  }

  /** A filled disc. */
  disc([cx, cy]: readonly [number, number], radius: number, colour: Colour): void {
    this.line([cx, cy], [cx, cy], colour, radius * 2);
  }

  /** The picture as a PNG file (RFC 2083): true colour, one part of data. */
  async png(): Promise<Buffer> {
    const stride = this.width * 3;
    const raw = Buffer.alloc((stride + 1) * this.height);
    for (let y = 0; y < this.height; y += 1) {
      // The filter "up": rows that repeat the one above become zeros, which compress to nearly nothing.
      raw[y * (stride + 1)] = y === 0 ? 0 : 2;
      for (let i = 0; i < stride; i += 1) {
        const above = y === 0 ? 0 : (this.pixels[(y - 1) * stride + i] ?? 0);
        raw[y * (stride + 1) + 1 + i] = ((this.pixels[y * stride + i] ?? 0) - above) & 0xff;
      }
    }
    const head = Buffer.alloc(13);
    head.writeUInt32BE(this.width, 0);
    head.writeUInt32BE(this.height, 4);
    head.set([8, TRUE_COLOUR, 0, 0, 0], 8);
    return Buffer.concat([SIGNATURE, chunk('IHDR', head), chunk('IDAT', await compressed(raw)), chunk('IEND', Buffer.alloc(0))]);
  }
}

/** From a point to the nearest one of a line. */
function distance([x, y]: readonly [number, number], from: readonly [number, number], to: readonly [number, number]): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - from[0]) * dx + (y - from[1]) * dy) / length));
  return Math.hypot(x - from[0] - along * dx, y - from[1] - along * dy);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
