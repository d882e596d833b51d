import type { Services } from '../../sdk/index.ts';

/** What the plugin works with. */
export type LimiterServices = Pick<Services, 'clock' | 'counters' | 'http' | 'log' | 'models' | 'prices'>;
