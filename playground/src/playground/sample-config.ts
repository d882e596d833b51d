import type { EngineConfig } from '../engine/messages.ts';

/** The aliases that the example policies name, for whoever is not signed in. A test holds it to the examples' file. */
export const sampleConfig: EngineConfig = {
  version: 'sample',
  providers: [
    { name: 'mock', kind: 'mock', region: 'us', vendor: null, tier: null },
    { name: 'mock-eu', kind: 'mock', region: 'eu', vendor: null, tier: null },
  ],
  models: [
    { alias: 'mini', strategy: 'ordered', targets: [{ target: 'mock/gpt-mini', weight: 1, tier: 'mini' }] },
    {
      alias: 'mini-alt',
      strategy: 'ordered',
      targets: [{ target: 'mock-eu/gpt-mini', weight: 1, tier: 'mini' }],
    },
    {
      alias: 'standard',
      strategy: 'ordered',
      targets: [
        { target: 'mock/gpt', weight: 1, tier: 'standard' },
        { target: 'mock-eu/gpt', weight: 1, tier: 'standard' },
        { target: 'mock/gpt-large', weight: 1, tier: 'frontier' },
      ],
    },
    {
      alias: 'frontier',
      strategy: 'ordered',
      targets: [{ target: 'mock/gpt-large', weight: 1, tier: 'frontier' }],
    },
    {
      alias: 'candidate',
      strategy: 'ordered',
      targets: [{ target: 'mock/gpt-next', weight: 1, tier: 'frontier' }],
    },
  ],
};
