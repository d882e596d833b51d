// Requests of tenants in the EU stay there, fallbacks included. The second rule checks what the first one asks for:
// it looks at every attempt, whoever chose its target.
import { all, beforeUpstream, chain, deny, not, only, policy, region, route, up } from 'sluice';

export const euResidency = policy(
  'eu-residency',
  { kind: 'guard' },
  route('pin', region('eu'), only({ region: ['eu'] }), chain({ sameVendor: true, sameRegion: true })),
  beforeUpstream('verify', all(region('eu'), not(up.region('eu'))), deny(451, 'eu_residency')),
);
