#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { dataCommand } from './data.ts';
import { evaluateCommand } from './evaluate.ts';
import { inspectCommand } from './inspect.ts';
import { keysCommand } from './keys.ts';
import { predictCommand } from './predict.ts';
import { reportError, watchProcess } from './report.ts';
import { reproduceCommand } from './reproduce.ts';
import { serveCommand } from './serve.ts';
import { trainCommand } from './train.ts';
import { adoptUsage } from './usage.ts';

const program = new Command('selvedge')
  .description('Train, look inside, and serve clothing-image classifiers.')
  .version(version)
  .addCommand(trainCommand())
  .addCommand(evaluateCommand())
  .addCommand(predictCommand())
  .addCommand(inspectCommand())
  .addCommand(reproduceCommand())
  .addCommand(serveCommand())
  .addCommand(keysCommand())
  .addCommand(dataCommand())
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
adoptUsage(program);
watchProcess();

process.exitCode = await program.parseAsync().then(
  () => process.exitCode ?? 0,
  (error: unknown) => reportError(error),
);
