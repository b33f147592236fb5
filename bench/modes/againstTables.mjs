import { digits, median, table } from '../lib/figures.mjs';

const sizes = [1, 32, 300];

/**
 * The fastest mode of each task: one for training, one for each number of threads and batch size of inference, grouped
 * so that one process measures all sizes that share a mode.
 */
export function bestModes({ train, infer }, threadCounts) {
  const least = (entries) => entries.toSorted(([, a], [, b]) => a - b)[0]?.[0] ?? null;
  const groups = new Map();
  for (const threads of threadCounts) {
    for (const size of sizes) {
      const mode = least(Object.entries(infer).map(([name, byThreads]) => [name, byThreads[threads][size]]));
      if (mode === null) continue;
      const key = `${threads} ${mode}`;
      const group = groups.get(key) ?? { mode, threads, sizes: [] };
      group.sizes.push(size);
      groups.set(key, group);
    }
  }
  return {
    train: least(Object.entries(train).map(([name, { secondsPerEpoch }]) => [name, secondsPerEpoch])),
    infer: [...groups.values()],
  };
}

/** Medians and ratios, Selvedge first. */
export function againstTables(peers, { threads: counts, steps }) {
  return [
    `Training, threads: ${Math.max(...counts)}`,
    trainingTable(peers),
    ...counts.flatMap((threads) => [`Inference, µs an image, threads: ${threads}`, inferenceTable(peers, threads)]),
    `A ratio is Selvedge's median time divided by the peer's: below 1, Selvedge is faster.${
      steps === null ? '' : ` Epochs extrapolated from ${steps} steps.`
    }`,
  ].join('\n\n');
}

function trainingTable(peers) {
  const times = peers.map(({ runs }) => ({
    step: medianOf(runs.train.map(({ stepSeconds }) => stepSeconds)),
    epoch: medianOf(runs.train.map(({ secondsPerEpoch }) => secondsPerEpoch)),
    extrapolated: runs.train.some(({ extrapolated }) => extrapolated),
  }));
  const rows = peers.flatMap(({ name, version, best }, i) => {
    if (best.train === null) return [];
    const { step, epoch, extrapolated } = times[i];
    const ratio = digits(times[0].epoch / epoch);
    return [
      [`${name} ${version}`, best.train, digits(step * 1000), `${digits(epoch)}${extrapolated ? ' *' : ''}`, ratio],
    ];
  });
  const note = times.some(({ extrapolated }) => extrapolated)
    ? '\n\n\\* extrapolated from the steps that were run'
    : '';
  return table(['', 'mode', 'step of 300, ms', 'epoch, s', 'ratio of epochs'], rows) + note;
}

function inferenceTable(peers, threads) {
  const timesOf = ({ runs }) =>
    sizes.map((size) => {
      const own = runs.infer.filter((run) => run.threads === threads && size in run.microsecondsPerImage);
      return { time: medianOf(own.map((run) => run.microsecondsPerImage[size])), mode: own[0]?.mode };
    });
  const base = timesOf(peers[0]);
  const rows = peers.flatMap((peer) => {
    const times = timesOf(peer);
    if (times.every(({ time }) => time === null)) return [];
    const modes = [...new Set(times.map(({ mode }) => mode))].join(', ');
    const cells = times.flatMap(({ time }, i) => [digits(time), digits(base[i].time / time)]);
    return [[`${peer.name} ${peer.version}`, modes, ...cells]];
  });
  return table(['', 'mode', ...sizes.flatMap((size) => [`batch ${size}`, 'ratio'])], rows);
}

const medianOf = (values) => (values.length === 0 ? null : median(values));
