import { parentPort, workerData } from 'node:worker_threads';

const { module, seconds } = workerData;
const { memory, peak } = new WebAssembly.Instance(module, { env: { abort() {} } }).exports;
const depth = 288;
const repeats = 2000;
const [x, w, y] = [4096, 4096 + 16 * depth, 4096 + 48 * depth];
if (memory.buffer.byteLength < y + 128) memory.grow(1);
new Float32Array(memory.buffer, x, 12 * depth).fill(0.5);

const rates = [];
const began = performance.now();
for (let round = 0; ; round++) {
  const start = performance.now();
  peak(x, w, y, depth, repeats);
  const end = performance.now();
  // The first rounds run while the loop is still being compiled.
  if (round >= 20) rates.push((64 * depth * repeats) / (end - start) / 1e6);
  if (rates.length >= 5 && end - began > seconds * 1000) break;
}
if (new Float32Array(memory.buffer, y, 1)[0] !== depth / 4) throw new Error('the peak loop computed nonsense');
parentPort.postMessage(rates);
