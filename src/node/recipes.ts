import { fileURLToPath } from 'node:url';
import { SelvedgeError } from '../core/errors.ts';
import { mostSimilar } from '../core/similar.ts';
import { type ConfigFile, readConfigFile } from './configFile.ts';

/** The recipes, from the cheapest to the most accurate; each is the configuration file `recipes/NAME.yaml` of the package. */
export const recipeNames: readonly string[] = ['reference', 'fast', 'small'];

/**
 * A recipe's network and settings.
 * @throws SelvedgeError 'bad-option' where there is none of that name
 */
export async function readRecipe(name: string): Promise<ConfigFile> {
  if (!recipeNames.includes(name)) {
    const meant = mostSimilar(name, recipeNames);
    const hint = meant ? ` (did you mean ${meant}?)` : '';
    throw new SelvedgeError(
      'bad-option',
      `There is no recipe '${name}'${hint}; the recipes are ${recipeNames.join(', ')}.`,
    );
  }
  return readConfigFile(fileURLToPath(new URL(`../../recipes/${name}.yaml`, import.meta.url)));
}
