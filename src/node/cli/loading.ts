import { isAbsolute } from 'node:path';
import { integer, megabytes } from '../../views/numbers.ts';
import type { DataEvent } from '../datasets/events.ts';
import { type LoadedDataset, loadDataset } from '../datasets/fashionMnist.ts';
import { interruptible } from './interruption.ts';
import { type Progress, progressOn, type Streams } from './progress.ts';

/** Loads the data set and reports on standard error what takes time. */
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

/** Reports the events of {@link loadDataset}: a line for each notable one and a live line while it downloads. */
function dataEventReporter(progress: Progress): (event: DataEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'trying':
        if (!isAbsolute(event.source)) progress.log(`Requesting from ${event.source} …`);
        break;
      case 'unreachable':
        progress.log(`Unreachable: ${event.source} (${event.reason})`);
        break;
      case 'corrupt':
        progress.log(event.reason);
        break;
      case 'downloading':
        showDownload(progress, event);
        break;
      case 'cached':
        progress.log(`Verified and stored ${event.path} (${integer(event.bytes)} bytes)`);
        break;
      case 'absent':
      case 'verified':
        break;
    }
  };
}

function showDownload(progress: Progress, { file, received, total }: DataEvent & { type: 'downloading' }): void {
  if (total === undefined) {
    progress.update(undefined, received > 0 ? `${file}, ${megabytes(received)}` : file);
  } else {
    progress.update(received / total, file, (share) => `${megabytes(share * total)}/s`);
  }
}
