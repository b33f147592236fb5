// The validation accuracy of recipes by epoch, one line for each seed, as an SVG that is readable on light and on dark pages.
const [width, height] = [720, 380];
const frame = { left: 56, right: 600, top: 24, bottom: 330 };
const colors = ['#7f7f7f', '#1f77b4', '#d9661f', '#2a9d4a', '#a05bc4'];
const floor = 0.84;

/** @param {{ recipe: string, curve: number[] }[]} results one for each run, in the recipes' order */
export function curvesPicture(results) {
  const names = [...new Set(results.map(({ recipe }) => recipe))];
  const epochs = Math.max(...results.map(({ curve }) => curve.length));
  const top = Math.ceil(Math.max(...results.flatMap(({ curve }) => curve)) * 100) / 100;
  const x = (epoch) => (frame.left + ((epoch - 1) / (epochs - 1)) * (frame.right - frame.left)).toFixed(1);
  const y = (accuracy) => (frame.bottom - ((accuracy - floor) / (top - floor)) * (frame.bottom - frame.top)).toFixed(1);
  const text = (at, across, words, more = '') => `<text x="${at}" y="${across}" ${more}>${words}</text>`;
  const percents = Array.from({ length: Math.round((top - floor) * 100) + 1 }, (_, i) => floor + i / 100);
  const step = [1, 2, 5, 10, 20].find((size) => epochs / size <= 12) ?? 50;
  const ticks = [1, ...Array.from({ length: Math.floor(epochs / step) }, (_, i) => (i + 1) * step)].filter(
    (epoch, i) => i === 0 || epoch > 1,
  );
  const ends = names.map((name, i) => {
    const own = results.filter(({ recipe }) => recipe === name).map(({ curve }) => curve);
    const last = own.reduce((sum, curve) => sum + curve.at(-1), 0) / own.length;
    return { name, color: colors[i % colors.length], own, epoch: own[0].length, last };
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Validation accuracy by epoch of ${names.join(', ')}" font-family="system-ui, sans-serif" font-size="13" fill="#888">
${percents
  .map(
    (value) =>
      `<line x1="${frame.left}" x2="${frame.right}" y1="${y(value)}" y2="${y(value)}" stroke="#888" stroke-opacity="0.25"/>${text(frame.left - 8, Number(y(value)) + 4, `${Math.round(value * 100)} %`, 'text-anchor="end"')}`,
  )
  .join('\n')}
${ticks.map((epoch) => text(x(epoch), frame.bottom + 20, epoch, 'text-anchor="middle"')).join('\n')}
${text(frame.right, frame.bottom + 40, 'epochs', 'text-anchor="end"')}
${ends
  .map(({ name, color, own, epoch, last }) => {
    const lines = own.map((curve) => {
      // What is below the frame is left out.
      const points = curve.map((value, i) => [i + 1, value]).filter(([, value]) => value >= floor);
      return `<polyline fill="none" stroke="${color}" stroke-width="1.6" points="${points.map(([at, value]) => `${x(at)},${y(value)}`).join(' ')}"/>`;
    });
    return `${lines.join('\n')}\n${text(Number(x(epoch)) + 8, Number(y(last)) + 4, `${name} ${(last * 100).toFixed(1)} %`, `fill="${color}"`)}`;
  })
  .join('\n')}
</svg>
`;
}
