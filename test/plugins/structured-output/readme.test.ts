import { structuredOutput } from '../../../plugins/structured-output/plugin.ts';
import { readmeHolds } from '../readme-holds.ts';

readmeHolds(structuredOutput);
