import { rmdir } from 'node:fs/promises';
import type { Dataset } from '../../core/data/images.ts';
import { SelvedgeError } from '../../core/errors.ts';
import {
  chosenData,
  completeConfiguration,
  fitToData,
  optionOf,
  type RunConfiguration,
  type SettingName,
} from '../../core/training/configuration.ts';
import { splitFor } from '../../core/training/train.ts';
import { featureCount } from '../../core/transfer/backbone.ts';
import type { FeatureCounts } from '../../core/transfer/features.ts';
import { fineTuneDefaults, fineTunedLayers } from '../../core/transfer/fineTune.ts';
import type { HeadKind } from '../../core/transfer/head.ts';
import { integer, plural, shape } from '../../views/numbers.ts';
import { backboneForData, defaultImageSize, findBackbone } from '../backbones.ts';
import type { ConfigFile } from '../configFile.ts';
import { type ChosenSize, chooseImageSize, type ImageSizeOptions } from '../runs/imageSize.ts';
import { newRunFolder } from '../runs/trainRun.ts';
import { transferRun } from '../runs/transferRun.ts';
import { availableThreads } from '../workers/available.ts';
import { interruptedStatus, interruptible } from './interruption.ts';
import { loadWithProgress } from './loading.ts';
import { progressOn, type Streams } from './progress.ts';
import { formatRun, trainingReporter, transferReporter } from './trainingReporter.ts';

interface TrainFromFlags {
  readonly from: string;
  readonly imageSize?: number | 'auto';
  readonly head?: HeadKind;
  readonly fineTune?: number;
  readonly fineTuneLayers?: number;
  readonly threads?: number;
  readonly data?: string;
  readonly out?: string;
  readonly checkpointSeconds: number;
  readonly json?: true;
  readonly [other: string]: unknown;
}

/** The settings that choose images and views of them. The others belong to a training of all layers. */
const usedSettings: readonly SettingName[] = [
  ...(['seed', 'limit', 'validation', 'validationSeed', 'classes', 'perClass'] as const),
  ...(['flip', 'shift'] as const),
];
/** With more training images, views bring little and take time. */
const mostWithViews = 500;
const otherFlags = ['resume', 'reliabilityFrom', 'inspect', 'printConfig'] as const;

/** `selvedge train --from`: a new last layer on the features of other layers. */
export async function trainFrom(flags: TrainFromFlags, given: ConfigFile, { stdout, stderr }: Required<Streams>) {
  const { from } = flags;
  refuseUnused(flags, given);
  const { fineTune = 0 } = flags;
  const asked = completeConfiguration(
    fineTune === 0 ? given.settings : { ...fineTuneDefaults, ...given.settings, epochs: fineTune },
  );
  const found = await findBackbone(from);
  const threads = flags.threads ?? availableThreads();
  const load = (side: number) =>
    loadWithProgress(flags.data, stderr, {
      shape: found.model ? found.backbone.network.inputShape : [side, side, 3],
      splitSeed: asked.validationSeed,
      threads: flags.threads,
    });
  const settingsFor = (data: Dataset) => ({ ...asked, ...viewsByDefault(data, asked, given.settings) });
  const size = flags.imageSize;
  const chosenSize =
    size === 'auto'
      ? await sizeWithProgress(stderr, { found, load, settings: settingsFor, head: flags.head, threads })
      : undefined;
  const data = chosenSize?.data ?? (await load(typeof size === 'number' ? size : defaultImageSize.photos));
  const settings = settingsFor(data);
  const source = {
    ...backboneForData(found, data, chosenSize?.side ?? (size === 'auto' ? undefined : size)),
    triedSizes: chosenSize?.scores,
  };
  const { backbone } = source;
  const log = flags.json ? stderr : stdout;
  const chosen = chosenData(data, settings);
  log.write(
    `A new last layer for ${integer(chosen.classNames.length)} classes of ${data.name} on ${integer(featureCount(backbone))} features of ${from}, ` +
      `pictures ${shape(backbone.network.inputShape)}, seed ${settings.seed}, ${plural(threads, 'thread')}.\n`,
  );
  const folder = flags.out ?? (await newRunFolder('runs', new Date()));
  const progress = progressOn(stderr);
  const reporter = trainingReporter(progress);
  try {
    const { record, model, page, features } = await interruptible(reporter.onStop, (signal) =>
      transferRun({
        ...settings,
        ...source,
        ...reporter,
        head: flags.head,
        ...{ data, folder, threads, signal, checkpointSeconds: flags.checkpointSeconds },
        onProgress: transferReporter(progress),
        onWarning: (sentence) => progress.log(sentence),
        ...(fineTune > 0 && { fineTunedLayers: flags.fineTuneLayers ?? fineTunedLayers }),
      }),
    );
    log.write(`${formatFeatures(features)}\n${formatRun(record, model.reliability, '', page)}`);
    if (flags.json) stdout.write(`${JSON.stringify(record)}\n`);
    if (record.status === 'stopped') process.exitCode = interruptedStatus;
  } catch (error) {
    // A folder that was made here is removed if it is empty.
    if (flags.out === undefined) await rmdir(folder).catch(() => undefined);
    throw error;
  } finally {
    progress.done('');
  }
}

async function sizeWithProgress(
  stderr: Streams['stderr'],
  options: Omit<ImageSizeOptions, 'onWarning' | 'onProgress' | 'signal'>,
): Promise<ChosenSize> {
  const progress = progressOn(stderr);
  try {
    return await interruptible(
      () => progress.log('Stopping …'),
      (signal) =>
        chooseImageSize({
          ...options,
          signal,
          onWarning: (sentence) => progress.log(sentence),
          onProgress: (side, share) => progress.update(share, `trying pictures of ${side} × ${side}`),
        }),
    );
  } finally {
    progress.done('');
  }
}

function formatFeatures({ pictures, stored }: FeatureCounts): string {
  return `Features of ${plural(pictures, 'picture')}, each view counted: ${integer(pictures - stored)} computed, ${integer(stored)} from the cache.`;
}

/** Few training pictures are shown mirrored and, where their edges are black, shifted too, unless that was set. */
function viewsByDefault(
  data: Dataset,
  asked: RunConfiguration,
  given: Partial<RunConfiguration>,
): Partial<RunConfiguration> {
  const chosen = chosenData(data, asked);
  if (splitFor(chosen, fitToData(asked, data)).train.length > mostWithViews) return {};
  return {
    ...(given.flip === undefined && { flip: 'random' }),
    ...(given.shift === undefined && !data.pictures && { shift: 1 }),
  };
}

/** @throws SelvedgeError 'bad-option' for what has no effect here */
function refuseUnused(flags: TrainFromFlags, { settings, network }: ConfigFile): void {
  const isTuned = flags.fineTune !== undefined;
  if (flags.fineTuneLayers !== undefined && !isTuned) {
    throw new SelvedgeError(
      'bad-option',
      '--fine-tune-layers belongs to --fine-tune; leave it out, or add --fine-tune 5.',
    );
  }
  const isUsed = (name: SettingName) => (isTuned ? name !== 'epochs' : usedSettings.includes(name));
  const unused = [
    ...(network === undefined ? [] : ['--network']),
    ...(Object.keys(settings) as SettingName[]).filter((name) => !isUsed(name)).map(optionOf),
    ...otherFlags.filter((name) => flags[name] !== undefined).map(optionOf),
  ];
  if (unused.length === 0) return;
  throw new SelvedgeError(
    'bad-option',
    isTuned
      ? `${unused.join(', ')} cannot be given with --from and --fine-tune; leave it out.`
      : `${unused.join(', ')} cannot be given with --from: only the last layer is fitted, in one piece; leave it out, or add --fine-tune 5.`,
  );
}
