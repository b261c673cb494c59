import { RESERVED_DEVICE_IDS, isDeviceId } from '../contracts/limits.ts';
import type { RejectReason } from '../contracts/telemetry.ts';
import { actorOf } from '../core/principal.ts';
import type { Principal } from '../core/principal.ts';

/** Who speaks of which device. */
export interface Address {
  deviceId: string;
  tenantId: string;
  /** Who sent it; undefined for messages of a flow. */
  principal: Principal | undefined;
  /** The device as it is registered; undefined when it is not. */
  device: { tenantId: string } | undefined;
}

/** Why a message may not speak of its device; `register` when a gateway may introduce it; undefined when nothing is against it. */
export function addressRefusal(address: Address): { reason: RejectReason; message: string } | 'register' | undefined {
  const { deviceId, tenantId, principal, device } = address;
  const shownId = deviceId.slice(0, 140);
  // The same whether the other device exists or not: a device is not told which do.
  if (principal?.kind === 'device' && principal.deviceId !== deviceId) {
    return {
      reason: 'forbidden',
      message: `${actorOf(principal)} may not send for the device "${shownId}"; use the device's own key or a gateway key.`,
    };
  }
  if (device?.tenantId === tenantId) return undefined;
  if (!isDeviceId(deviceId)) {
    return {
      reason: 'invalid_device_id',
      message: RESERVED_DEVICE_IDS.has(deviceId)
        ? `"${deviceId}" is reserved for the API and can be no device's id; choose another.`
        : `"${shownId}" is no device id: 1-128 letters, digits and . _ : -, starting with a letter or digit.`,
    };
  }
  // Another tenant's device answers like one that does not exist; its id is taken, so it cannot be registered either.
  if (device === undefined && principal?.kind === 'gateway' && principal.autoRegister) return 'register';
  return {
    reason: 'unknown_device',
    message: `There is no device "${deviceId}"; create it first, or allow the gateway key to register devices.`,
  };
}
