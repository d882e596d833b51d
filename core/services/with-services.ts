import type { Services } from '../../sdk/services.ts';

/**
 * Services with some replaced. Stores are opened by whoever reads them first, so services must not be copied by
 * spreading.
 */
export function withServices(services: Services, replaced: Partial<Services>): Services {
  return Object.defineProperties({} as Services, {
    ...Object.getOwnPropertyDescriptors(services),
    ...Object.getOwnPropertyDescriptors(replaced),
  });
}
