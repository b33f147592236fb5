import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { median } from '../lib/figures.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Compiles the loop as the kernels are compiled. */
function compile() {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-peak-'));
  const wasm = join(folder, 'peak.wasm');
  const asc = path('../../node_modules/assemblyscript/bin/asc.js');
  const options = ['--runtime', 'stub', '--enable', 'simd', '--noAssert', '--optimizeLevel', '3', '--shrinkLevel', '0'];
  try {
    // From a folder without an asconfig.json, whose shared memory is of no use here.
    execFileSync(process.execPath, [asc, 'peak.ts', '--outFile', wasm, ...options], { cwd: path('../kernels') });
    return new WebAssembly.Module(readFileSync(wasm));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * GFLOP/s of the peak loop on a number of threads at once.
 *
 * @param {readonly number[]} threadCounts
 * @param {number} seconds for each
 * @returns {Promise<Record<string, number>>}
 */
export async function measurePeak(threadCounts, seconds) {
  const module = compile();
  const found = {};
  for (const threads of threadCounts) {
    const rates = Array.from({ length: threads }, () => rateOf(module, seconds));
    found[threads] = (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0);
  }
  return found;
}

function rateOf(module, seconds) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./peakWorker.mjs', import.meta.url), { workerData: { module, seconds } });
    worker.on('message', (rates) => resolve(median(rates)));
    worker.on('error', reject);
  });
}
