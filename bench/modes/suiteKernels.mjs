import { fileURLToPath } from 'node:url';
import { builtinNetwork } from '../../dist/core/graph/builtin.js';
import { runProcess } from '../lib/children.mjs';
import { digits, percent, table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { publish } from '../lib/results.mjs';
import { measurePeak } from '../profile/peak.mjs';
import { batchOf, suiteNetworks } from './suite.mjs';

const script = fileURLToPath(new URL('../suite/selvedge.mjs', import.meta.url));
/** Kernels with a smaller share of a network's step are left out. */
const leastShare = 0.02;

/** Each kernel's share of a training step, and of the machine's measured peak, in every built-in network. */
export async function measureSuiteKernels({ networks, steps, quick, ...options }) {
  const machine = describeMachine();
  const peakOf = async () => (await measurePeak([1], quick ? 0.3 : 1))[1];
  // The speed of a shared machine changes: the highest peak counts, so that no share is too large.
  const peaks = [];
  const results = [];
  for (const name of networks ?? suiteNetworks) {
    console.log(`${name}: kernels on one thread`);
    const request = {
      spec: builtinNetwork(name),
      batch: batchOf(name),
      threads: 1,
      steps: steps ?? (quick ? 2 : 8),
      profiled: true,
    };
    peaks.push(await peakOf());
    const { answer } = await runProcess([process.execPath, script, JSON.stringify(request)]);
    results.push({ name, ...answer });
  }
  const peak = Math.max(...peaks);
  const rows = results.flatMap(({ name, kernels }) =>
    kernels
      .filter(({ share }) => share >= leastShare)
      .map(({ name: kernel, microseconds, share, gigaflops }, i) => [
        i === 0 ? name : '',
        kernel,
        digits(microseconds),
        percent(share),
        digits(gigaflops),
        gigaflops === null ? '–' : percent(gigaflops / peak),
      ]),
  );
  const text = [
    `Training, one thread, kernels with at least ${percent(leastShare)} of a step. The peak is the highest of a plain WebAssembly SIMD loop before each network: ${digits(peak)} GFLOP/s (lowest: ${digits(Math.min(...peaks))}).`,
    table(['network', 'kernel', 'µs an image', 'share', 'effective GFLOP/s', 'of the peak'], rows),
  ].join('\n\n');
  publish('suite-kernels', { machine, text, figures: { peaks, results } }, { quick, ...options });
}
