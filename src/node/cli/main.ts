#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { reportError, watchProcess } from './report.ts';
import { adoptUsage } from './usage.ts';

/** By name, in the help's order. Only the one that is asked for is loaded: all together take longer than most of them run. */
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
  .description('Train, look inside, and serve clothing-image classifiers.')
  .version(version)
  .addHelpText(
    'after',
    `
A first hour:
  selvedge train --limit 6000 --epochs 2 --out runs/first     a look, in seconds
  selvedge train                                              the real thing: 60,000 pictures, 5 epochs
  selvedge evaluate runs/first                                its scores, class by class
  selvedge predict runs/first photo.jpg                       what is on a photo
  selvedge inspect runs/first                                 what it sees, layer by layer, and why it answers so

selvedge <command> --help tells more and shows examples.
Exit status: 0 done, 1 something was wrong, 70 a defect of the program, 130 stopped by Ctrl-C.`,
  );
const asked = process.argv[2] ?? '';
const loaded = Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
for (const name of loaded) program.addCommand(await commands[name]!());
adoptUsage(program);
watchProcess();

process.exitCode = await program.parseAsync().then(
  () => process.exitCode ?? 0,
  (error: unknown) => reportError(error),
);
