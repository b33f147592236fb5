import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProcess } from './children.mjs';
import { checkedSteps, compareWithGolden } from './golden.mjs';

export const batch = 300;
const own = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

/** This program as a peer: a command that takes a request. */
export const selvedge = { key: 'selvedge', label: 'Selvedge', command: [process.execPath, own('peers/selvedge.mjs')] };
export const profiler = { key: 'profiler', command: [process.execPath, own('profile/main.mjs')] };

let requests = 0;

/** Asks a peer, in a fresh process. */
export async function ask(peer, workload, request) {
  const path = join(workload.folder, `request-${++requests}.json`);
  writeFileSync(path, JSON.stringify({ batch, folder: workload.folder, ...request }));
  const { answer } = await runProcess([...peer.command, path], { env: peer.env });
  return answer;
}

/** Correctness first: what the peer computes from given weights, beside the golden trace. */
export async function check(peer, workload, mode, threads) {
  const { golden } = workload;
  const { batchSize, learningRate } = golden;
  const request = { task: 'check', mode, threads, learningRate, batch: batchSize, steps: checkedSteps };
  return compareWithGolden(await ask(peer, workload, request), golden);
}

/** A sentence on what `check` found. */
export function verdict({ logits, losses, wrong }) {
  if (wrong) return `wrong: ${wrong}`;
  const trained =
    losses.length > 0 ? `, ${losses.length} losses by at most ${Math.max(...losses).toExponential(1)}` : '';
  return `right: logits differ from the golden trace by ${logits.toExponential(1)}${trained}`;
}

/** Stops the bench where this program itself is wrong: how fast it is would not matter. */
export async function requireRight(workload, threadCounts) {
  const found = {};
  for (const threads of threadCounts) {
    const result = await check(selvedge, workload, 'wasm', threads);
    console.log(`Selvedge, threads: ${threads}: ${verdict(result)}`);
    if (result.wrong || result.losses.length === 0) throw new Error('Selvedge is wrong, so nothing is timed.');
    found[threads] = result;
  }
  return found;
}
