import type { DataEvent } from '../data/events.ts';
import { type LoadedDataset, loadDataset } from '../data/fashionMnist.ts';
import { dataEventReporter } from './dataEvents.ts';
import { createProgress } from './progress.ts';
import type { Streams } from './streams.ts';

/** Loads the data set and tells on standard error what takes time. */
export async function loadWithProgress(
  folder: string | undefined,
  stderr: Streams['stderr'],
  onEvent: (event: DataEvent) => void = () => {},
): Promise<LoadedDataset> {
  const progress = createProgress(stderr, { isTTY: stderr.isTTY ?? false, columns: () => stderr.columns ?? 80 });
  const report = dataEventReporter(progress);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  try {
    return await loadDataset({
      ...(folder !== undefined && { folder }),
      onEvent(event) {
        onEvent(event);
        report(event);
      },
      signal: interruption.signal,
    });
  } finally {
    process.off('SIGINT', interrupt);
    progress.done('');
  }
}
