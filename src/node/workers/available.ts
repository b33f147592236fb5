import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** The cores that this process may use: the scheduler's word, lowered to the container's quota where there is one. */
export function availableThreads(): number {
  return Math.max(1, Math.min(availableParallelism(), quota()));
}

/** Whole cores of the control group's quota (versions 2 and 1); infinite where there is none. */
function quota(): number {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8').trim();
    } catch {
      return '';
    }
  };
  const [time, period] = (
    read('/sys/fs/cgroup/cpu.max') ||
    `${read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')} ${read('/sys/fs/cgroup/cpu/cpu.cfs_period_us')}`
  )
    .split(' ')
    .map(Number);
  return time! > 0 && period! > 0 ? Math.floor(time! / period!) : Number.POSITIVE_INFINITY;
}
