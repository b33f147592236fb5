#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { formatUsageErrors, reportError, watchProcess } from './errors.ts';

/** By name, in the order of the help. Only the requested one is loaded: loading all takes longer than most of them run. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  train: async () => (await import('./train.ts')).trainCommand(),
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
  predict: async () => (await import('./predict.ts')).predictCommand(),
  inspect: async () => (await import('./inspect.ts')).inspectCommand(),
  reproduce: async () => (await import('./reproduce.ts')).reproduceCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  keys: async () => (await import('./keys.ts')).keysCommand(),
  summary: async () => (await import('./summary.ts')).summaryCommand(),
  data: async () => (await import('./data.ts')).dataCommand(),
};

const program = new Command('selvedge')
  .description('Train, inspect and serve clothing-image classifiers.')
  .version(version)
  .addHelpText(
    'after',
    `
Examples:
  selvedge train --limit 6000 --epochs 2 --out runs/first     a short training, in seconds
  selvedge train                                              the reference job: 60,000 images, 5 epochs
  selvedge evaluate runs/first                                scores per class, confusion matrix
  selvedge predict runs/first photo.jpg                       classify a photo
  selvedge inspect runs/first                                 feature maps, measures and attributions, layer by layer

selvedge <command> --help shows the options and examples.
Exit status: 0 success, 1 error, 70 a bug in selvedge, 130 stopped by Ctrl-C.`,
  );
const requested = process.argv[2] ?? '';
const loaded = Object.hasOwn(commands, requested) ? [requested] : Object.keys(commands);
for (const name of loaded) program.addCommand(await commands[name]!());
formatUsageErrors(program);
watchProcess();

process.exitCode = await program.parseAsync().then(
  () => process.exitCode ?? 0,
  (error: unknown) => reportError(error),
);
