// Plots of what happened over time, as SVG: panels below each other over one axis of seconds, with lines in each.
const [width, left, right, top, gap, bottom] = [760, 56, 12, 28, 32, 30];
const plotWidth = width - left - right;

const text = (x, y, value, anchor = 'middle') => `<text x="${x}" y="${y}" text-anchor="${anchor}">${value}</text>`;

/** 0 and what follows it, `step` apart. */
export const ticksUntil = (most, step) => Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);

/**
 * @param {{title: string, seconds: number, every: number, legend?: {name: string, colour: string}[], panels: {label:
 *   string, height: number, most: number, ticks: number[], lines: {points: [number, number][], style: string}[]}[]}}
 *   picture every: seconds from one label of the axis to the next; points: second and value, which is at `most` when it
 *   is more; style: SVG attributes
 */
export function plot({ title, seconds, every, legend = [], panels }) {
  const height = top + panels.reduce((sum, panel) => sum + panel.height, 0) + gap * (panels.length - 1) + bottom;
  const x = (second) => left + (second / seconds) * plotWidth;
  let from = top;
  const placed = panels.map((panel) => {
    const panelTop = from;
    from += panel.height + gap;
    return { ...panel, top: panelTop, y: (value) => panelTop + panel.height - (Math.min(value, panel.most) / panel.most) * panel.height };
  });
  const parts = [text(left, 16, title, 'start')];
  if (legend.length > 0)
    parts.push(`<text x="${width - right}" y="16" text-anchor="end">${legend.map(({ name, colour }) => `<tspan fill="${colour}" dx="10">${name}</tspan>`).join('')}</text>`);
  for (const { ticks, y } of placed) {
    for (const tick of ticks) parts.push(`<line x1="${left}" x2="${width - right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/>`, text(left - 6, y(tick) + 4, tick, 'end'));
  }
  for (const second of ticksUntil(seconds, every)) parts.push(text(x(second), height - 12, `${second} s`));
  for (const { lines, y } of placed) {
    for (const { points, style } of lines)
      parts.push(`<polyline points="${points.map(([second, value]) => `${x(second).toFixed(1)},${y(value).toFixed(1)}`).join(' ')}" fill="none" ${style}/>`);
  }
  for (const { label, top: panelTop, height: panelHeight } of placed) {
    const middle = panelTop + panelHeight / 2;
    parts.push(`<text x="12" y="${middle}" transform="rotate(-90 12 ${middle})" text-anchor="middle">${label}</text>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<rect width="${width}" height="${height}" fill="#fff"/>
${parts.join('\n')}
</svg>
`;
}
