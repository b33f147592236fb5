import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** What figures are worth nothing without: the machine, what else it was doing, and which engine ran. */
export function describeMachine() {
  const kernels = readFileSync(new URL('../../dist/kernels.wasm', import.meta.url));
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    engine: createHash('sha256').update(kernels).digest('hex').slice(0, 12),
    loadBefore: loadavg().map((load) => Number(load.toFixed(2))),
    date: new Date().toISOString().slice(0, 10),
  };
}

export function inWords({ processor, cores, memoryGB, platform, node, engine, loadBefore, date }) {
  return (
    `${processor}, ${cores} cores, ${memoryGB} GB, ${platform}, Node.js ${node}, kernels ${engine}, ${date}; ` +
    `load average before: ${loadBefore.join(', ')} (1, 5 and 15 minutes)`
  );
}
