import { describe } from 'vitest';
import { databaseSuite } from './suite.ts';

describe('the embedded database', () => databaseSuite('folder'));
