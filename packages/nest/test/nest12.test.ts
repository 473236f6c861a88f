import { describeNest } from './nest-suite.js';

describeNest('Nest 12');
