import { isAbsolute } from 'node:path';
import { integer } from '../../views/numbers.ts';
import type { DataEvent } from '../datasets/events.ts';
import type { Progress } from './progress.ts';

/** Tells people what {@link loadDataset} does, in a line for each thing worth knowing and a live line while it fetches. */
export function dataEventReporter(progress: Progress): (event: DataEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'trying':
        if (!isAbsolute(event.source)) progress.log(`Asking ${event.source} …`);
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
        progress.log(`Verified and kept ${event.path} (${integer(event.bytes)} bytes)`);
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

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
