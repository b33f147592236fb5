import { isAbsolute } from 'node:path';
import { SelvedgeError } from '../../core/errors.ts';
import type { Shape } from '../../core/graph/shape.ts';
import { integer, megabytes, plural } from '../../views/numbers.ts';
import type { DataEvent } from '../datasets/events.ts';
import { type LoadedDataset, loadDataset } from '../datasets/fashionMnist.ts';
import { isPictureSource } from '../datasets/pictures/listPictures.ts';
import { loadPictureFolder } from '../datasets/pictures/loadPictureFolder.ts';
import { interruptible } from './interruption.ts';
import { picturesReporter } from './picturesProgress.ts';
import { type Progress, progressOn, type Streams } from './progress.ts';

export interface LoadingOptions {
  readonly onEvent?: (event: DataEvent) => void;
  /** Of pictures of any size: what they are resized to; [64, 64, 3] by default. */
  readonly shape?: Shape | undefined;
  /** Of pictures of any size: decides which are test and validation pictures; default 0. */
  readonly splitSeed?: number | null | undefined;
  readonly threads?: number | undefined;
}

/** What a network that is trained from scratch takes of photos. */
export const defaultPhotoShape = [64, 64, 3] as const;

/** Loads the data set, or a folder or list of pictures, and reports on standard error what takes time. */
export async function loadWithProgress(
  folder: string | undefined,
  stderr: Streams['stderr'],
  options: LoadingOptions = {},
): Promise<LoadedDataset> {
  if (folder !== undefined && (await isPictureSource(folder))) return loadPictures(folder, stderr, options);
  const { onEvent = () => {} } = options;
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

async function loadPictures(path: string, stderr: Streams['stderr'], options: LoadingOptions): Promise<LoadedDataset> {
  const [height, width, channels] = (options.shape ?? defaultPhotoShape) as [number, number, number];
  if (channels !== 1 && channels !== 3) {
    throw new SelvedgeError('bad-data', `Pictures have 1 or 3 channels, but the network takes ${channels}.`);
  }
  const progress = progressOn(stderr);
  try {
    const loaded = await interruptible(
      () => progress.log('Stopping …'),
      (signal) =>
        loadPictureFolder({
          ...{ path, height, width, channels, signal },
          seed: options.splitSeed ?? 0,
          threads: options.threads,
          onProgress: picturesReporter(progress),
        }),
    );
    for (const warning of loaded.warnings) progress.log(warning);
    const { leftOut } = loaded;
    if (leftOut.length > 0) {
      progress.log(
        `${plural(leftOut.length, 'file')} left out, for example: ${leftOut[0]!.reason} (all of them: selvedge data describe ${path})`,
      );
    }
    return loaded;
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
