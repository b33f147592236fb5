#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../version.ts';
import { dataCommand } from './data.ts';
import { evaluateCommand } from './evaluate.ts';
import { predictCommand } from './predict.ts';
import { reportError } from './report.ts';
import { trainCommand } from './train.ts';

const program = new Command('selvedge')
  .description('Train, look inside, and serve clothing-image classifiers.')
  .version(version)
  .showHelpAfterError('(selvedge --help shows what can be asked)')
  .addCommand(trainCommand())
  .addCommand(evaluateCommand())
  .addCommand(predictCommand())
  .addCommand(dataCommand());

process.exitCode = await program.parseAsync().then(
  () => process.exitCode ?? 0,
  (error: unknown) => reportError(error),
);
