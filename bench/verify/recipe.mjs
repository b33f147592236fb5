import { fileURLToPath } from 'node:url';
import { runProcess } from '../lib/children.mjs';

const least = 0.924;
const farthest = 0.005;
const python = process.env['PYTHON'];
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share) => `${(share * 100).toFixed(2)} %`;

export const recipe = {
  promise: `reference-bn with AdamW and augmentation: mean validation accuracy of 3 seeds at least ${percent(least)}, and at most 0.5 points under PyTorch's (PYTHON)`,
  async measure({ quick }) {
    if (quick) return { figure: 'three trainings cannot be shortened', passes: true, unmeasured: 'all of it' };
    const command = [process.execPath, fileURLToPath(new URL('../seeds/recipe.mjs', import.meta.url))];
    const { answer } = await runProcess([...command, ...(python ? ['--python', python] : [])]);
    const [own, torch] = [mean(answer.selvedge), python ? mean(answer.torch) : null];
    return {
      figure: `${percent(own)} (${answer.selvedge.map(percent).join(', ')})${torch === null ? '' : `; PyTorch ${percent(torch)}`}`,
      passes: own >= least && (torch === null || own >= torch - farthest),
      ...(torch === null && { unmeasured: 'PyTorch, whose Python PYTHON would name' }),
    };
  },
};
