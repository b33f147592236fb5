import { describeMachine } from '../lib/machine.mjs';
import { ask, check, requireRight, selvedge, verdict } from '../lib/measured.mjs';
import { publish } from '../lib/results.mjs';
import { makeWorkload } from '../lib/workload.mjs';
import { findPeers } from '../peers/list.mjs';
import { againstTables, bestModes } from './againstTables.mjs';

const sizes = [1, 32, 300];
/** A peer whose step takes longer is measured once: its ratio is beyond doubt. */
const slowSeconds = 20;
/** No peer trains longer than this in one process; what is left of an epoch is extrapolated. */
const longestSeconds = 240;

/** This program beside its peers: correctness, each peer's best mode, then fresh processes in turn. */
export async function measureAgainst(options) {
  const machine = describeMachine();
  const { found, skipped } = findPeers(options.against, options);
  const workload = await makeWorkload(options.data);
  try {
    await requireRight(workload, options.threads);
    const peers = [{ ...selvedge, ...(await ask(selvedge, workload, { task: 'describe' })) }];
    for (const peer of found) {
      const described = await prepare(peer, workload).catch((error) => ({ problem: error.message }));
      if (described.problem) skipped.push(`${peer.key} (${peer.command[0]}): ${described.problem}`);
      else peers.push({ ...peer, ...described });
    }
    for (const line of skipped) console.log(`skipped: ${line}`);
    if (peers.length === 1) throw new Error('No peer is left to compare with.');
    for (const peer of peers) await chooseModes(peer, workload, options);
    await runInTurn(peers, workload, options);
    const results = peers.map(({ command: _, env: __, ...peer }) => peer);
    const text = againstTables(results, options);
    publish('against', { machine, text, figures: { peers: results } }, options);
  } finally {
    workload.remove();
  }
}

/** What the peer is, and whether each of its modes computes the right thing. */
async function prepare(peer, workload) {
  const described = await ask(peer, workload, { task: 'describe' });
  const title = `${described.name} ${described.version}`;
  const right = { trainModes: [], inferModes: [], checks: {} };
  for (const mode of new Set([...described.trainModes, ...described.inferModes])) {
    const result = await check(peer, workload, mode, 1).catch((error) => ({ wrong: error.message }));
    console.log(`${title}, ${mode}: ${verdict(result)}`);
    right.checks[mode] = result;
    if (result.wrong) continue;
    if (described.inferModes.includes(mode)) right.inferModes.push(mode);
    // Training that was not compared is not timed.
    if (described.trainModes.includes(mode) && result.losses.length > 0) right.trainModes.push(mode);
  }
  const none = right.trainModes.length + right.inferModes.length === 0;
  return { ...described, ...right, ...(none ? { problem: 'no mode of it computes the golden trace' } : {}) };
}

/** A short trial of every mode, with the most threads for training and with each number of threads for inference. */
async function chooseModes(peer, workload, { threads: counts, quick }) {
  const threads = Math.max(...counts);
  peer.trials = { train: {}, infer: {} };
  for (const mode of peer.trainModes) {
    console.log(`${peer.name} ${peer.version}, ${mode}: trial of training`);
    const request = { task: 'train', mode, threads, epochs: 1, steps: quick ? 2 : 10, seconds: quick ? 5 : 60 };
    peer.trials.train[mode] = await ask(peer, workload, request);
  }
  for (const mode of peer.inferModes) {
    console.log(`${peer.name} ${peer.version}, ${mode}: trial of inference`);
    peer.trials.infer[mode] = {};
    for (const count of counts) {
      const request = { task: 'infer', mode, threads: count, sizes, seconds: quick ? 0.1 : 1 };
      peer.trials.infer[mode][count] = (await ask(peer, workload, request)).microsecondsPerImage;
    }
  }
  peer.best = bestModes(peer.trials, counts);
}

async function runInTurn(peers, workload, { threads: counts, runs, epochs, steps, seconds }) {
  const threads = Math.max(...counts);
  for (const peer of peers) peer.runs = { train: [], infer: [] };
  for (let run = 0; run < runs; run++) {
    for (const peer of peers) {
      const title = `${peer.name} ${peer.version}, process ${run + 1} of ${runs}`;
      const mode = peer.best.train;
      if (mode !== null) {
        const trial = peer.trials.train[mode];
        if (trial.stepSeconds > slowSeconds) {
          if (run === 0) peer.runs.train.push(trial);
        } else {
          console.log(`${title}: training, ${mode}`);
          const affordable = Math.max(1, Math.floor(longestSeconds / trial.stepSeconds));
          const tooLong = trial.secondsPerEpoch * epochs > longestSeconds ? affordable : null;
          const limit = steps ?? tooLong;
          const request = { task: 'train', mode, threads, epochs: limit === null ? epochs : 1, steps: limit };
          peer.runs.train.push(await ask(peer, workload, request));
        }
      }
      for (const { mode: best, threads: count, sizes: chosen } of peer.best.infer) {
        console.log(`${title}: inference at ${chosen.join(', ')}, ${best}, threads: ${count}`);
        const answer = await ask(peer, workload, { task: 'infer', mode: best, threads: count, sizes: chosen, seconds });
        peer.runs.infer.push({ mode: best, threads: count, ...answer });
      }
    }
  }
}
