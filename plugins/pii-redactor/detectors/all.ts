import type { Detector } from '../detector.ts';
import type { PiiType } from '../types.ts';
import { assignedSecret, bearerToken } from './assigned-secret.ts';
import { card } from './card.ts';
import { email } from './email.ts';
import { iban } from './iban.ts';
import { ipV4, ipV6 } from './ip.ts';
import { jsonWebToken } from './json-web-token.ts';
import { phone } from './phone.ts';
import { privateKey } from './private-key.ts';
import { providerKey } from './provider-key.ts';
import { ssn } from './ssn.ts';
import { urlCredentials } from './url-credentials.ts';

/** The detectors of some types, in the order in which they are asked. The first that finds something has it. */
export function detectorsOf(types: ReadonlySet<PiiType>): readonly Detector[] {
  const all: readonly Detector[] = [
    privateKey,
    urlCredentials,
    jsonWebToken,
    providerKey,
    bearerToken,
    assignedSecret,
    email,
    iban,
    card,
    ssn,
    ipV4,
    ipV6,
    phone,
  ];
  return all.filter(({ type }) => types.has(type as PiiType));
}
