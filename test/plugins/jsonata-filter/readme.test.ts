import { jsonataFilter } from '../../../plugins/jsonata-filter/plugin.ts';
import { readmeHolds } from '../readme-holds.ts';

readmeHolds(jsonataFilter);
