export interface QueueLimits {
  /** Tasks that run at once. */
  readonly concurrency: number;
  /** Of them, those for one host. */
  readonly perHost: number;
  /** Between the starts of two tasks for one host, in ms. */
  readonly spacingMs: number;
}

/** Runs tasks under these limits, hosts by turns. */
export interface HostQueue {
  /** @throws what the task throws, and the signal's reason when it is aborted before the task starts */
  run<T>(host: string, task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

interface Host {
  active: number;
  nextStart: number;
  readonly waiting: Set<() => void>;
}

export function createHostQueue({ concurrency, perHost, spacingMs }: QueueLimits): HostQueue {
  /** In the order of their turns. */
  const hosts = new Map<string, Host>();
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  function startWhatMay(): void {
    clearTimeout(timer);
    const now = performance.now();
    let earliest = Number.POSITIVE_INFINITY;
    // A host that had its turn is put to the end, where this loop meets it again.
    for (const [name, host] of hosts) {
      if (host.active === 0 && host.waiting.size === 0 && host.nextStart <= now) hosts.delete(name);
      if (running >= concurrency) break;
      const [start] = host.waiting;
      if (!start || host.active >= perHost) continue;
      if (host.nextStart > now) {
        earliest = Math.min(earliest, host.nextStart);
        continue;
      }
      hosts.delete(name);
      hosts.set(name, host);
      host.waiting.delete(start);
      host.active++;
      host.nextStart = now + spacingMs;
      running++;
      start();
    }
    if (earliest < Number.POSITIVE_INFINITY) timer = setTimeout(startWhatMay, Math.ceil(earliest - now));
  }

  function turn(host: Host, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        if (host.waiting.delete(start)) reject(signal.reason);
      };
      const start = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      host.waiting.add(start);
    });
  }

  return {
    async run(name, task, signal) {
      signal.throwIfAborted();
      const host = hosts.get(name) ?? { active: 0, nextStart: 0, waiting: new Set() };
      hosts.set(name, host);
      const started = turn(host, signal);
      startWhatMay();
      await started;
      try {
        return await task();
      } finally {
        host.active--;
        running--;
        startWhatMay();
      }
    },
  };
}
