import { type FetchedFile, type FetchOptions, type Remote, Unreachable, type WantedFile } from './remote.ts';

export interface Timeouts {
  /** For a connection and the first byte of the response, in ms. */
  readonly firstByte: number;
  /** Between two chunks of a download, in ms. */
  readonly stall: number;
}

const defaultTimeouts: Timeouts = { firstByte: 4_000, stall: 10_000 };

/** For gzip's header and blocks that do not compress. */
const gzipOverhead = 65_536;

/** Files at `base`, over HTTP, each as `<name>.gz`. */
export function address(base: string, timeouts: Timeouts = defaultTimeouts): Remote {
  return {
    name: base,
    async *fetch(wanted, options): AsyncGenerator<FetchedFile> {
      for (const file of wanted) yield { name: file.name, bytes: await download(base, file, timeouts, options) };
    },
  };
}

async function download(
  base: string,
  file: WantedFile,
  timeouts: Timeouts,
  { onProgress, signal }: FetchOptions,
): Promise<Uint8Array> {
  const name = `${file.name}.gz`;
  const limit = file.bytes + gzipOverhead;
  const watchdog = createWatchdog();
  const signals = signal ? [watchdog.signal, signal] : [watchdog.signal];
  watchdog.expectDataWithin(timeouts.firstByte, `no answer within ${timeouts.firstByte / 1000} s`);
  try {
    const response = await fetch(new URL(name, base), { signal: AbortSignal.any(signals) });
    if (!response.ok || !response.body) throw new Unreachable(`answered ${response.status} for ${name}`);
    const length = Number(response.headers.get('content-length'));
    const total = length > 0 ? length : undefined;

    const chunks: Uint8Array[] = [];
    let received = 0;
    for await (const chunk of response.body) {
      watchdog.expectDataWithin(timeouts.stall, `sent nothing of ${name} for ${timeouts.stall / 1000} s`);
      chunks.push(chunk);
      received += chunk.length;
      if (received > limit) throw new Unreachable(`sends more than ${name} can hold`);
      onProgress(name, received, total);
    }
    return Buffer.concat(chunks, received);
  } catch (error) {
    if (error instanceof Unreachable) throw error;
    signal?.throwIfAborted();
    throw new Unreachable(networkReason(error), { cause: error });
  } finally {
    watchdog.stop();
  }
}

/** Aborts with {@link Unreachable} when no data arrives in time; each expectation replaces the one before. */
function createWatchdog() {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  return {
    signal: controller.signal,
    expectDataWithin(milliseconds: number, message: string) {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(new Unreachable(message)), milliseconds);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}

/** The message of `fetch` is only "fetch failed"; its cause has the reason. */
function networkReason(error: unknown): string {
  const cause = (error as Error).cause as NodeJS.ErrnoException | undefined;
  switch (cause?.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'has a name that cannot be resolved';
    case 'ECONNREFUSED':
      return 'refuses the connection';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'closed the connection early';
    default:
      return cause?.message || (error as Error).message;
  }
}
