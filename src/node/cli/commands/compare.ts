import { Command } from 'commander';
import { compareRuns, prepareComparisonFolder, readFinishedRuns, writeComparison } from '../../runs/compareRuns.ts';
import { availableThreads } from '../../workers/available.ts';
import { formatComparison } from '../formatComparison.ts';
import { loadWithProgress } from '../loading.ts';
import { threadsOption } from '../options.ts';
import { progressOn, type Streams } from '../progress.ts';

interface Flags {
  data?: string;
  out?: string;
  threads?: number;
  json?: true;
}

/** `selvedge compare RUN…`. */
export function compareCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('compare')
    .argument('<runs...>', "runs' folders")
    .option('--out <dir>', 'write index.html, with plots, and compare.json to this folder')
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option('--threads <n>', 'worker threads (default: the available cores)', threadsOption)
    .option('--json', 'print one JSON object instead of tables')
    .addHelpText(
      'after',
      `
Examples:
  selvedge compare runs/a-seed-* runs/b-seed-*
  selvedge compare runs/* --out comparison
  selvedge compare runs/first runs/second --json | jq -r '.differences[].sentence'

Runs that differ only by their seed are a group. Groups are compared by a t-test over seeds, paired where both have the same
seeds, and by McNemar's test on the test images; Holm's method corrects the p-values of several pairs of groups. Each run's
model is evaluated on the test set. docs/comparison.md has the definitions.`,
    )
    .action(async (folders: string[], flags: Flags) => {
      const runs = await readFinishedRuns(folders);
      if (flags.out !== undefined) await prepareComparisonFolder(flags.out);
      const { preprocessing, configuration } = runs[0]!.record;
      const data = await loadWithProgress(flags.data, stderr, {
        shape: preprocessing.reshape,
        splitSeed: configuration.validationSeed,
      });
      const progress = progressOn(stderr);
      const comparison = await compareRuns({
        runs,
        data,
        threads: flags.threads ?? availableThreads(),
        onProgress: (share, doing) => progress.update(share, doing),
      }).finally(() => progress.done(''));
      const files = flags.out === undefined ? undefined : await writeComparison(flags.out, comparison);
      stdout.write(
        flags.json
          ? `${JSON.stringify({ ...comparison, files })}\n`
          : `${formatComparison(comparison)}\n${files ? `\nwritten: ${files.page}\n         ${files.json}\n` : ''}`,
      );
    });
}
