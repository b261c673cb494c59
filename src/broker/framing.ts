import { MqttRefusal } from './refusal.ts';

/** The first four bits of an MQTT packet, as far as the guards tell them apart. */
export const PACKET_TYPE = { connect: 1, publish: 3 } as const;

/** Decides about packets as their headers pass. */
export interface FrameGate {
  /** Whether a packet of this type may pass now; false holds it and everything behind it back. May throw `MqttRefusal`. */
  mayStart(type: number): boolean;
  /** A packet of `length` bytes (without its header) begins to pass. May throw `MqttRefusal`. */
  started(type: number, length: number): void;
}

/**
 * Finds the packets in a byte stream by their fixed headers (MQTT 3.1.1, section 2.2) without reading their bodies, so that a packet
 * is judged before it is collected: aedes' parser would wait for 256 MB that a header announces.
 */
export class PacketFramer {
  private type = 0;
  /** Bytes of the current header that have passed; 0 between packets. */
  private headerBytes = 0;
  private length = 0;
  private bodyLeft = 0;

  /** Passes `chunk` by the gate; answers how many of its bytes may go on. The rest has to be offered again. */
  advance(chunk: Buffer, gate: FrameGate): number {
    let at = 0;
    while (at < chunk.length) {
      if (this.bodyLeft > 0) {
        const taken = Math.min(this.bodyLeft, chunk.length - at);
        this.bodyLeft -= taken;
        at += taken;
      } else if (this.headerBytes === 0) {
        const type = chunk.readUInt8(at) >> 4;
        if (!gate.mayStart(type)) return at;
        this.type = type;
        this.headerBytes = 1;
        this.length = 0;
        at += 1;
      } else {
        this.lengthByte(chunk.readUInt8(at), gate);
        at += 1;
      }
    }
    return at;
  }

  private lengthByte(byte: number, gate: FrameGate): void {
    this.length += (byte & 0x7f) * 128 ** (this.headerBytes - 1);
    if ((byte & 0x80) !== 0) {
      this.headerBytes += 1;
      if (this.headerBytes > 4) throw new MqttRefusal('malformed_packet', 'The remaining length of a packet has more than four bytes.');
      return;
    }
    this.headerBytes = 0;
    this.bodyLeft = this.length;
    gate.started(this.type, this.length);
  }
}
