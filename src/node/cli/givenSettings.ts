import type { Command } from 'commander';
import { SelvedgeError } from '../../core/errors.ts';
import { type RunConfiguration, settingNames } from '../../core/training/configuration.ts';
import { type ConfigFile, readConfigFile } from '../configFile.ts';
import { readRecipe } from '../recipes.ts';

/** The flags that say how a network is trained. */
export interface SettingsFlags extends Partial<RunConfiguration> {
  recipe?: string;
  config?: string;
  network: string;
}

async function settingsFile({ recipe, config }: SettingsFlags): Promise<ConfigFile> {
  if (recipe === undefined) return config === undefined ? { settings: {} } : readConfigFile(config);
  if (config === undefined) return readRecipe(recipe);
  throw new SelvedgeError(
    'bad-option',
    `--recipe ${recipe} and --config ${config} are both given; to change a recipe, write it to a file with --recipe ${recipe} --print-config.`,
  );
}

/** The settings of the recipe or configuration file and of the command line, which comes before it. */
export async function givenSettings(flags: SettingsFlags, command: Command): Promise<ConfigFile> {
  const { settings, network } = await settingsFile(flags);
  const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
  const chosen = isGiven('network') ? flags.network : network;
  return {
    settings: { ...settings, ...Object.fromEntries(settingNames.filter(isGiven).map((name) => [name, flags[name]])) },
    ...(chosen !== undefined && { network: chosen }),
  };
}
