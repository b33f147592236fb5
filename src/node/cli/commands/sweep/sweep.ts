import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { SelvedgeError } from '../../../../core/errors.ts';
import { defaultConfiguration, fitToData } from '../../../../core/training/configuration.ts';
import { replay, type SweepState, type SweepVersion } from '../../../../core/tuning/journal.ts';
import { currentVersion } from '../../../../core/tuning/rounds.ts';
import { plural } from '../../../../views/numbers.ts';
import { readTable } from '../../../configFile.ts';
import type { LoadedDataset } from '../../../datasets/fashionMnist.ts';
import { readSweep, sweepNameOf } from '../../../sweeps/readSweep.ts';
import { runSweep } from '../../../sweeps/runSweep.ts';
import { readJournalIn } from '../../../sweeps/sweepFolder.ts';
import { interruptedStatus, interruptible } from '../../interruption.ts';
import { loadWithProgress } from '../../loading.ts';
import { countOption, threadsOption } from '../../options.ts';
import type { Streams } from '../../progress.ts';
import { sweepDisplay } from './display.ts';
import { formatSweep } from './formatSweep.ts';
import { openTrials, type SweepFlags, type Trials, workersOf } from './trials.ts';

/** `selvedge sweep FILE`. */
export function sweepCommand({ stdout, stderr }: Streams = process): Command {
  return new Command('sweep')
    .argument('[file]', 'the search space: YAML or JSON, see docs/tuning.md')
    .option('--out <dir>', "the sweep's folder (default: ./sweeps/<name>); a sweep that is there goes on")
    .option('--resume <dir>', 'go on with the sweep in this folder, with its file as it is now')
    .option(
      '--parallel <n>',
      'trials at once; they change the time, not the result (default: the cores)',
      threadsOption,
    )
    .option('--threads <n>', 'worker threads of each trial (default: its share of the cores)', threadsOption)
    .option('--data <dir>', 'take the data set from this folder and nowhere else')
    .option(
      '--database [address]',
      'hand the trials to the workers (selvedge worker) of this PostgreSQL server; without an address, to those of SELVEDGE_DATABASE',
    )
    .option('--database-file <file>', 'the same, with a file that has the address')
    .option('--optuna-journal <file>', "also write the trials to this file in Optuna's journal format")
    .option('--checkpoint-seconds <n>', "time between a trial's checkpoints within an epoch", countOption, 30)
    .option('--allow-different-engine', 'go on even if the sweep was started with another build of the engine')
    .option('--json', 'end with one JSON object on standard output')
    .addHelpText(
      'after',
      `
Examples:
  selvedge sweep space.yaml                               20 trials by TPE, in ./sweeps/space
  selvedge sweep space.yaml --parallel 2 --threads 1      two trials at once, the same result
  selvedge sweep space.yaml                               again: goes on after a kill or Ctrl-C
  selvedge sweep --resume sweeps/space                    the same; first edit space.yaml to change the space
  selvedge sweep space.yaml --database-file database.txt  on many machines, each with: selvedge worker --database-file …
  selvedge sweep space.yaml --optuna-journal study.log    then: optuna-dashboard study.log

space.yaml:
  trials: 20
  settings: { epochs: 3, validation: 5000 }
  network: mine.json                                      where mine.json has "filters": "$width"
  parameters:
    learningRate: { low: 0.0003, high: 0.01, log: true }
    optimizer: [adam, adamW]
    width: { low: 8, high: 32, step: 8 }

Trials are compared on validation images, never on the test set. The folder gets index.html, a report, sweep.json,
journal.jsonl, and trials/, each trial a run's folder. Ctrl-C stops after the current step (exit status 130).`,
    )
    .action(async (file: string | undefined, flags: SweepFlags) => {
      const isRecorded = file === undefined || flags.resume !== undefined;
      const recorded = isRecorded ? await recordedIn(flags.resume) : undefined;
      const version = await versionOf(file, recorded, stderr);
      const folder = folderOf(version, flags);
      const dataFolder = flags.data ?? recorded?.dataFolder ?? undefined;
      const data = await loadWithProgress(dataFolder, stderr);
      const { validation = 0, limit = null } = version.spec.settings;
      fitToData({ ...defaultConfiguration, validation, limit }, data);
      const log = flags.json ? stderr : stdout;
      const place = await workersOf(flags);
      const trials = await openTrials(place, flags, version, folder, data);
      log.write(
        `Sweep ${sweepNameOf(version)}: ${plural(version.spec.trials, 'trial')}, ${trials.how}, in ${folder}. Ctrl-C stops; the same command goes on.\n`,
      );
      const { status, result, page } = await run(version, folder, data, { trials, dataFolder }, flags, stderr);
      log.write(`\n${formatSweep(result)}report       ${page}\n`);
      if (status === 'stopped') {
        log.write(`Stopped; go on with: selvedge sweep --resume ${folder}\n`);
        process.exitCode = interruptedStatus;
      }
      if (flags.json) stdout.write(`${JSON.stringify(result)}\n`);
    });
}

async function run(
  version: SweepVersion,
  folder: string,
  data: LoadedDataset,
  { trials, dataFolder }: { readonly trials: Trials; readonly dataFolder: string | undefined },
  flags: SweepFlags,
  stderr: Streams['stderr'],
) {
  const display = sweepDisplay(stderr);
  const allowDifferentEngine = flags.allowDifferentEngine ?? false;
  const { runner } = trials;
  const onStop = () => {
    display.log('Stopping after the current steps …');
    runner.stop();
  };
  try {
    const outcome = await interruptible(onStop, (signal) =>
      runSweep({
        ...{ version, folder, data, dataFolder, runner, allowDifferentEngine, signal },
        name: sweepNameOf(version),
        optunaJournal: flags.optunaJournal,
        onEvent: display.onEvent,
      }),
    );
    if (outcome.status === 'finished') await trials.onFinished();
    return outcome;
  } finally {
    display.done();
    await trials.close();
  }
}

/** The state of the sweep in a folder, whose journal names its file and its data set. */
async function recordedIn(folder: string | undefined): Promise<SweepState> {
  if (folder === undefined) {
    throw new SelvedgeError('bad-option', 'Name the file of a search space, or the folder of a sweep with --resume.');
  }
  const journal = await readJournalIn(folder);
  if (!journal || journal.lines.length === 0) {
    throw new SelvedgeError('missing-file', `There is no sweep in ${folder}; start one with selvedge sweep FILE.`);
  }
  return replay(journal.lines, join(folder, 'journal.jsonl'));
}

/** The sweep's file as it is now, or as it was where it is gone. */
async function versionOf(
  given: string | undefined,
  recorded: SweepState | undefined,
  stderr: Streams['stderr'],
): Promise<SweepVersion> {
  const last = recorded && currentVersion(recorded);
  const file = given ?? last!.file;
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (isThere || !last) return readSweep(file, readTable);
  stderr.write(`${file} is not there any more; the sweep goes on with its recorded contents.\n`);
  return last;
}

function folderOf(version: SweepVersion, { out, resume }: SweepFlags): string {
  if (out !== undefined && resume !== undefined && resolve(out) !== resolve(resume)) {
    throw new SelvedgeError('bad-option', `--resume writes to ${resume}, so --out ${out} cannot be given with it.`);
  }
  return resume ?? out ?? join('sweeps', sweepNameOf(version));
}
