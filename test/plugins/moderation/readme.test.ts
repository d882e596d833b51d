import { moderation } from '../../../plugins/moderation/plugin.ts';
import { readmeHolds } from '../readme-holds.ts';

readmeHolds(moderation);
