/** How one line of a chart looks: its colour, dashes and mark tell it from the others, each by itself for a few, together for fifty. */
export interface LineLook {
  color: string;
  dash: number[];
  mark: Mark;
}

/** The shapes that are set on lines where there are several. */
export const MARKS = ['circle', 'square', 'triangle', 'diamond', 'cross', 'plus'] as const;
export type Mark = (typeof MARKS)[number];

/** Each has a contrast of at least 3 to 1 on the surface of its theme (WCAG 1.4.11). */
const COLORS = {
  light: ['#0F5F9E', '#B4500F', '#19733F', '#8E3A9D', '#00727A', '#8A6100', '#C2185B', '#4A5A68', '#5A4FCF', '#B3261E'],
  dark: ['#6DB8F2', '#F5A35C', '#5ACB8E', '#D69BE8', '#4FD0D6', '#E5C04B', '#FF8FB4', '#AAB8C5', '#A79BFF', '#FF8A80'],
} as const;

const DASHES = [[], [8, 4], [2, 4], [10, 3, 2, 3], [5, 2]];

/** The look of the line at a place in the chart; it comes again after 50. */
export function lookAt(place: number, theme: 'light' | 'dark'): LineLook {
  const colors = COLORS[theme];
  return {
    color: colors[place % colors.length] ?? colors[0],
    dash: DASHES[Math.floor(place / colors.length) % DASHES.length] ?? [],
    mark: MARKS[place % MARKS.length] ?? 'circle',
  };
}

/** The outline of a mark around (0, 0), about `size` wide, as an SVG path; a canvas takes it too. */
export function markPath(mark: Mark, size: number): string {
  const half = size / 2;
  switch (mark) {
    case 'circle':
      return `M${n(-half)} 0a${n(half)} ${n(half)} 0 1 0 ${n(size)} 0a${n(half)} ${n(half)} 0 1 0 ${n(-size)} 0Z`;
    case 'square':
      return `M${n(-half * 0.9)} ${n(-half * 0.9)}h${n(size * 0.9)}v${n(size * 0.9)}h${n(-size * 0.9)}Z`;
    case 'triangle':
      return `M0 ${n(-half * 1.1)}L${n(half * 1.1)} ${n(half * 0.9)}H${n(-half * 1.1)}Z`;
    case 'diamond':
      return `M0 ${n(-half * 1.25)}L${n(half * 1.25)} 0L0 ${n(half * 1.25)}L${n(-half * 1.25)} 0Z`;
    case 'cross':
      return bars(half, 45);
    case 'plus':
      return bars(half, 0);
  }
}

/** A plus of two bars, turned by so many degrees. */
function bars(half: number, degrees: number): string {
  const [wide, thin] = [half * 1.15, half * 0.38];
  const outline = [
    [-thin, -wide],
    [thin, -wide],
    [thin, -thin],
    [wide, -thin],
    [wide, thin],
    [thin, thin],
    [thin, wide],
    [-thin, wide],
    [-thin, thin],
    [-wide, thin],
    [-wide, -thin],
    [-thin, -thin],
  ] as const;
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
  return `M${outline.map(([x, y]) => `${n(x * cos - y * sin)} ${n(x * sin + y * cos)}`).join('L')}Z`;
}

function n(value: number): string {
  return value.toFixed(2);
}
