import { digits, percent, table } from '../lib/figures.mjs';

/** The profiles as Markdown: training by phase for each number of threads, then every kernel on one thread. */
export function kernelTables(peak, { training, inference }) {
  const peaks = Object.entries(peak).map(([threads, rate]) => `${digits(rate)} GFLOP/s on ${threads}`);
  const perThread = (threads) => peak[threads] / threads;
  const ofPeak = (rate, threads) => (rate === null ? '–' : percent(rate / perThread(threads)));
  return [
    `Peak of a plain WebAssembly SIMD loop, by threads: ${peaks.join(', ')}.`,
    ...training.map((profile) => phaseTable(profile, ofPeak)),
    `Training, every kernel, 1 batch of 300 at a time, threads: ${training[0].threads}`,
    kernelTable(training[0], ofPeak),
    `Inference, every kernel, batch 300, threads: ${inference[0].threads}, ${digits(inference[0].microseconds)} µs an image in all`,
    kernelTable(inference[0], ofPeak),
  ].join('\n\n');
}

function phaseTable({ threads, microseconds, betweenCalls, waiting, phases }, ofPeak) {
  const total = microseconds * threads;
  const rows = phases.map(({ name, microseconds: busy, gigaflops }) => [
    name,
    digits(busy),
    percent(busy / total),
    digits(gigaflops),
    ofPeak(gigaflops, threads),
  ]);
  if (threads > 1) rows.push(['waiting at barriers', digits(waiting), percent(waiting / total), '–', '–']);
  rows.push(["between the threads' calls", digits(betweenCalls), percent(betweenCalls / total), '–', '–']);
  rows.push(['all', digits(total), '100 %', '–', '–']);
  return (
    `Training by phase, threads: ${threads}. Thread time, the sum over threads; ${digits(microseconds)} µs an image by the clock.\n\n` +
    table(['phase', 'µs an image', 'share', 'GFLOP/s a thread', 'of the peak'], rows)
  );
}

/** Kernels that take less are summed in one row, in microseconds an image. */
const small = 0.1;

function kernelTable({ threads, kernels }, ofPeak) {
  const rest = kernels.filter(({ microseconds }) => microseconds < small);
  const sum = (key) => rest.reduce((total, kernel) => total + kernel[key], 0);
  const others = {
    name: `${rest.length} others`,
    microseconds: sum('microseconds'),
    share: sum('share'),
    gigaflops: null,
  };
  const shown = [...kernels.filter((kernel) => !rest.includes(kernel)), ...(rest.length > 0 ? [others] : [])];
  const rows = shown.map(({ name, microseconds, share, gigaflops }) => [
    name,
    digits(microseconds),
    percent(share),
    digits(gigaflops),
    ofPeak(gigaflops, threads),
  ]);
  return table(['kernel', 'µs an image', 'share', 'GFLOP/s', 'of the peak'], rows);
}
