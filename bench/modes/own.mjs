import { digits, median, table } from '../lib/figures.mjs';
import { describeMachine } from '../lib/machine.mjs';
import { ask, profiler, requireRight, selvedge } from '../lib/measured.mjs';
import { publish } from '../lib/results.mjs';
import { makeWorkload } from '../lib/workload.mjs';
import { measurePeak } from '../profile/peak.mjs';
import { kernelTables } from './kernelTables.mjs';

const sizes = [1, 32, 300];

/** Training, inference and kernels of this program alone. */
export async function measureOwn(options) {
  const machine = describeMachine();
  const workload = await makeWorkload(options.data);
  try {
    const correctness = await requireRight(workload, options.threads);
    const parts = { training: measureTraining, inference: measureInference, kernels: measureKernels };
    for (const part of options.only) {
      const { text, ...figures } = await parts[part](workload, options);
      publish(part, { machine, text, figures: { correctness, ...figures } }, options);
    }
  } finally {
    workload.remove();
  }
}

async function measureTraining(workload, { threads: counts, runs, epochs, steps }) {
  const answers = counts.map((threads) => ({ threads, runs: [] }));
  for (let run = 0; run < runs; run++) {
    for (const { threads, runs: own } of answers) {
      console.log(`training, threads: ${threads}, process ${run + 1} of ${runs}`);
      own.push(await ask(selvedge, workload, { task: 'train', threads, epochs, steps }));
    }
  }
  const base = median(answers[0].runs.map(({ secondsPerEpoch }) => secondsPerEpoch));
  const rows = answers.map(({ threads, runs: own }) => {
    const epoch = median(own.map(({ secondsPerEpoch }) => secondsPerEpoch));
    const step = median(own.map(({ stepSeconds }) => stepSeconds)) * 1000;
    return [threads, digits(step), digits(epoch), `${digits(base / epoch)} ×`];
  });
  const text = table(['threads', 'step of 300, ms', 'epoch of 60,000, s', `speed-up over ${counts[0]}`], rows);
  return { text: steps === null ? text : `${text}\n\nEpochs extrapolated from ${steps} steps.`, answers };
}

async function measureInference(workload, { threads: counts, runs, seconds }) {
  const inline = { label: "1, the caller's own", mode: 'inline', threads: 1, runs: [] };
  const teams = counts.map((threads) => ({ label: `${threads}, workers`, mode: 'worker threads', threads, runs: [] }));
  const answers = [inline, ...teams];
  for (let run = 0; run < runs; run++) {
    for (const { label, mode, threads, runs: own } of answers) {
      console.log(`inference, threads: ${label}, process ${run + 1} of ${runs}`);
      own.push(await ask(selvedge, workload, { task: 'infer', mode, threads, sizes, seconds }));
    }
  }
  const rows = answers.map(({ label, runs: own }) => [
    label,
    ...sizes.map((size) => digits(median(own.map(({ microsecondsPerImage }) => microsecondsPerImage[size])))),
  ]);
  const text = table(['threads', ...sizes.map((size) => `batch ${size}, µs an image`)], rows);
  return { text, answers };
}

async function measureKernels(workload, { threads: counts, quick }) {
  console.log('peak of the machine');
  const peak = await measurePeak(counts, quick ? 0.3 : 2);
  const profiles = { training: [], inference: [] };
  for (const threads of counts) {
    for (const kind of ['training', 'inference']) {
      console.log(`kernels, ${kind}, threads: ${threads}`);
      const request = { training: kind === 'training', threads, steps: quick ? 5 : 60 };
      profiles[kind].push(await ask(profiler, workload, request));
    }
  }
  return { text: kernelTables(peak, profiles), peak, profiles };
}
