/** For a screen of this size a dashboard is made: on a larger one everything is drawn larger, so that it is read from afar. */
const MADE_FOR = { width: 1_600, height: 900 };
/** What is above and below the grid, less the gap that the last row does not have. */
const AROUND_PX = 80;
/** The lowest row that still shows something, with its gap. */
const LOWEST_ROW_PX = 56;

/** How much larger than on a laptop a dashboard with so many rows is drawn on a screen: never smaller, and only as long as all rows fit. */
export function wallScale(screen: { width: number; height: number }, rows: number): number {
  const wanted = Math.min(screen.width / MADE_FOR.width, screen.height / MADE_FOR.height);
  const fitting = screen.height / (AROUND_PX + rows * LOWEST_ROW_PX);
  return Math.max(1, Math.min(wanted, fitting));
}
