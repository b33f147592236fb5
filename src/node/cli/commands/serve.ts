import { Command } from 'commander';
import type { TestTimeTransform } from '../../../core/model/testTimeAugmentation.ts';
import { defaultLimits } from '../../server/limits.ts';
import { createLogStream } from '../../server/log.ts';
import type { RunningService } from '../../server/start.ts';
import { availableThreads } from '../../workers/available.ts';
import { formatAveraging } from '../formatEvaluation.ts';
import { stopSignal } from '../interruption.ts';
import { countOption, millisecondsOption, testTimeOption, threadsOption, ttaFlag } from '../options.ts';
import { graceMs, pollMs, type ServingFlags, withListening, withStopping } from '../serving.ts';

interface Flags extends ServingFlags {
  readonly maxBatch: number;
  readonly maxDelayMs: number;
  readonly queue: number;
  readonly workers?: number;
  readonly tta?: readonly TestTimeTransform[];
  readonly deadlineMs: number;
}

/** `selvedge serve MODEL|FOLDER`. */
export function serveCommand(): Command {
  const command = new Command('serve').argument(
    '<model>',
    "a .safetensors file, a run's folder, or a folder of models",
  );
  withListening(command, 'answer other machines without keys; not with --api-keys')
    .option('--max-batch <n>', 'the most pictures that are classified together', countOption, 32)
    .option('--max-delay-ms <n>', 'how long a free worker waits for a batch to fill', millisecondsOption(0), 0)
    .option('--queue <n>', 'the most pictures that wait; beyond it the answer is 429', countOption, 256)
    .option(
      ttaFlag,
      'answer with means over the mirrored (flip) or shifted (shift) picture, or both: flip,shift',
      testTimeOption,
    )
    .option('--workers <n>', 'threads for each model (default: the available cores)', threadsOption)
    .option('--deadline-ms <n>', 'the longest time to an answer', millisecondsOption(1), defaultLimits.deadlineMs);
  return withStopping(command)
    .addHelpText(
      'after',
      `
Examples:
  selvedge serve runs/first
  selvedge serve models --port 8080 --workers 2
  selvedge keys add shop --file keys.json && selvedge serve models --host 0.0.0.0 --api-keys keys.json

All requests and their errors are documented at /docs and /openapi.json.
SIGTERM or Ctrl-C stops it: it answers the requests in flight, then exits with 0. A second Ctrl-C ends it at once.`,
    )
    .action(async (path: string, { apiKeys, deadlineMs, drainMs, tta = [], ...flags }: Flags) => {
      const stopped = stopSignal();
      // Imported here, so that other commands do not load the web server.
      const { startService } = await import('../../server/start.ts');
      const log = createLogStream(2);
      const starting = startService({
        ...flags,
        path,
        apiKeys,
        anonymous: flags.anonymous ?? false,
        workers: flags.workers ?? availableThreads(),
        testTimeAugmentation: tta,
        limits: { ...defaultLimits, deadlineMs },
        pollMs,
        log,
      });
      const service = await Promise.race([starting, stopped]);
      // Nothing has been answered yet, so there is nothing to finish.
      if (service === undefined) process.exit(0);
      process.stdout.write(greeting(service, apiKeys !== undefined, tta));
      await stopped;
      await service.stop(drainMs, graceMs);
      await log.flush();
    });
}

/** The models, and commands to try; the last needs no file. */
function greeting({ registry, url }: RunningService, needsKey: boolean, tta: readonly TestTimeTransform[]): string {
  const models = registry.all();
  const lines = models.map(
    ({ name, version, model }) => `  ${name}, version ${version}: ${model.classNames.join(', ')}`,
  );
  const [first] = models;
  const which = models.length > 1 ? `?model=${first!.name}` : '';
  const key = needsKey ? " -H 'Authorization: Bearer KEY'" : '';
  return `Serving at ${url} (documentation: ${url}/docs)
${lines.join('\n')}
${tta.length > 0 ? `Probabilities are ${formatAveraging(tta)}.\n` : ''}Try it:
  curl${key} -F image=@photo.jpg '${url}/v1/classify${which}'     # a photo of one garment
  head -c ${first!.pictureSize} /dev/zero | curl${key} -H 'Content-Type: application/octet-stream' --data-binary @- '${url}/v1/classify${which}'     # an all-black picture, only to see an answer
`;
}
