/** Who resolved an alert that no person ended: its condition no longer holds. */
export const CONDITION_CLEARED = 'condition cleared';
