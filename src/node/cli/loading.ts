import type { DataEvent } from '../datasets/events.ts';
import { type LoadedDataset, loadDataset } from '../datasets/fashionMnist.ts';
import { dataEventReporter } from './dataEvents.ts';
import { interruptible } from './interruption.ts';
import { progressOn, type Streams } from './streams.ts';

/** Loads the data set and tells on standard error what takes time. */
export async function loadWithProgress(
  folder: string | undefined,
  stderr: Streams['stderr'],
  onEvent: (event: DataEvent) => void = () => {},
): Promise<LoadedDataset> {
  const progress = progressOn(stderr);
  const report = dataEventReporter(progress);
  try {
    return await interruptible(
      () => {},
      (signal) =>
        loadDataset({
          ...(folder !== undefined && { folder }),
          onEvent(event) {
            onEvent(event);
            report(event);
          },
          signal,
        }),
    );
  } finally {
    progress.done('');
  }
}
