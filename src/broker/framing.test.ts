import assert from 'node:assert/strict';
import fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { PacketFramer } from './framing.ts';
import type { FrameGate } from './framing.ts';
import { MqttRefusal } from './refusal.ts';

class RecordingGate implements FrameGate {
  readonly seen: [number, number][] = [];
  credit = Number.POSITIVE_INFINITY;

  mayStart(): boolean {
    if (this.credit === 0) return false;
    this.credit -= 1;
    return true;
  }

  started(type: number, length: number): void {
    this.seen.push([type, length]);
  }
}

function publish(size: number): Buffer {
  return mqttPacket.generate({ cmd: 'publish', topic: 't', payload: Buffer.alloc(size), qos: 1, messageId: 1, retain: false, dup: false });
}

describe('PacketFramer', () => {
  it('finds the same packets however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }),
        (sizes, cuts) => {
          const stream = Buffer.concat(sizes.map(publish));
          const gate = new RecordingGate();
          const framer = new PacketFramer();
          for (let at = 0, turn = 0; at < stream.length; turn += 1) {
            const length = cuts[turn % cuts.length] ?? 1;
            const chunk = stream.subarray(at, at + length);
            assert.equal(framer.advance(chunk, gate), chunk.length);
            at += length;
          }
          assert.deepEqual(
            gate.seen,
            sizes.map((size) => [3, size + 5]),
          );
        },
      ),
    );
  });

  it('stops in front of a packet that may not start and goes on there', () => {
    const stream = Buffer.concat([publish(10), publish(200), publish(3)]);
    const gate = new RecordingGate();
    const framer = new PacketFramer();
    gate.credit = 1;
    const first = framer.advance(stream, gate);
    assert.equal(first, publish(10).length);
    gate.credit = 2;
    assert.equal(framer.advance(stream.subarray(first), gate), stream.length - first);
    assert.deepEqual(
      gate.seen.map(([, length]) => length),
      [15, 205, 8],
    );
  });

  it('refuses a length of more than four bytes', () => {
    assert.throws(() => new PacketFramer().advance(Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80]), new RecordingGate()), MqttRefusal);
  });

  it('reads the largest length that MQTT knows', () => {
    const gate = new RecordingGate();
    new PacketFramer().advance(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), gate);
    assert.deepEqual(gate.seen, [[3, 268_435_455]]);
  });
});
