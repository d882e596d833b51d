import type { EvaluatedLevel, Evaluation } from './evaluation.ts';

const width = 720;
const height = 460;
const frame = { left: 64, right: 24, top: 48, bottom: 56 };
const colours: Readonly<Record<EvaluatedLevel, string>> = {
  off: '#b3261e',
  rules: '#8a6d00',
  strict: '#0b6e4f',
};
/** Dashes tell the lines apart without colours. */
const dashes: Readonly<Record<EvaluatedLevel, string>> = { off: '2 4', rules: '8 4', strict: 'none' };

/** Precision against hit ratio, one line for each guard level: how right the cache is where it serves that much. */
export function evaluationPlot(evaluation: Evaluation): string {
  const x = (ratio: number) => round(frame.left + ratio * (width - frame.left - frame.right));
  const y = (precision: number) =>
    round(height - frame.bottom - precision * (height - frame.top - frame.bottom));
  const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const lines = evaluation.curves.map(({ level, points }) => {
    const path = points.map(({ hitRatio, precision }) => `${x(hitRatio)},${y(precision)}`).join(' ');
    const at = points.find(({ threshold }) => threshold >= evaluation.floor);
    const dot =
      at === undefined
        ? ''
        : `<circle cx="${x(at.hitRatio)}" cy="${y(at.precision)}" r="5" fill="${colours[level]}"><title>${level} at the floor ${evaluation.floor}: precision ${at.precision.toFixed(3)}, hit ratio ${at.hitRatio.toFixed(3)}</title></circle>`;
    return `<polyline points="${path}" fill="none" stroke="${colours[level]}" stroke-width="2" stroke-dasharray="${dashes[level]}"/>${dot}`;
  });
  const legend = evaluation.curves.map(
    ({ level }, index) =>
      `<g transform="translate(${width - 190},${height - frame.bottom - 70 + index * 20})"><line x2="30" stroke="${colours[level]}" stroke-width="2" stroke-dasharray="${dashes[level]}"/><text x="38" y="4">guard ${level}</text></g>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" role="img" aria-label="Precision against hit ratio">
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${frame.left}" y="20" font-size="14">Precision against hit ratio, ${evaluation.pairs} pairs</text>
<text x="${frame.left}" y="38" fill="#555">${escapeXml(evaluation.embedder)}; the dots are the floor ${evaluation.floor}</text>
${ticks.map((tick) => `<line x1="${x(tick)}" x2="${x(tick)}" y1="${y(0)}" y2="${y(1)}" stroke="#ddd"/><text x="${x(tick)}" y="${y(0) + 18}" text-anchor="middle">${tick}</text><line x1="${x(0)}" x2="${x(1)}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/><text x="${x(0) - 8}" y="${y(tick) + 4}" text-anchor="end">${tick}</text>`).join('\n')}
<text x="${x(0.5)}" y="${height - 12}" text-anchor="middle">hit ratio: pairs that were served</text>
<text transform="translate(16,${y(0.5)}) rotate(-90)" text-anchor="middle">precision: right ones among them</text>
${lines.join('\n')}
${legend.join('\n')}
</svg>
`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
