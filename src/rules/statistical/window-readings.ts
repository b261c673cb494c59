/** The readings of a window as figures see them, 0 being the oldest; those behind its end follow. */
export interface WindowReadings {
  readonly size: number;
  timeAt(place: number): number;
  valueAt(place: number): number;
}
