import type { DeviceAccount } from '../../../../../src/contracts/accounts.ts';

/** What one line says of an account. */
export interface AccountVerdict {
  /** `numbered`: how many messages are missing of how many; `plain`: the device does not number them; `none`: nothing arrived. */
  kind: 'unaccounted' | 'numbered' | 'plain' | 'none';
  counts: Record<string, number>;
  rejected: number;
  /** Nothing is missing and nothing was refused. */
  isWell: boolean;
}

/** What is to be said first: a fault of the platform before what is missing, and that before how much came. */
export function accountVerdict({ expected, totals }: Pick<DeviceAccount, 'expected' | 'totals'>): AccountVerdict {
  const { received, missing, rejected, unaccounted } = totals;
  if (unaccounted !== 0) return { kind: 'unaccounted', counts: { unaccounted: Math.abs(unaccounted), received }, rejected, isWell: false };
  // What was missing before this day and came in it counts below zero.
  if (expected !== null) {
    const open = Math.max(0, missing);
    return {
      kind: 'numbered',
      counts: { missing: open, expected: totals.numbered + open },
      rejected,
      isWell: open === 0 && rejected === 0,
    };
  }
  return { kind: received === 0 ? 'none' : 'plain', counts: { received }, rejected, isWell: rejected === 0 };
}
